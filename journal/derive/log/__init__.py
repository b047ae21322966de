"""A job's log as text: lines without what only a terminal would act on, and whose line each is."""
