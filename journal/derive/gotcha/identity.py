"""The id of a gotcha: the same wherever its failure is met."""


def gotcha_id(fingerprint: str) -> str:
    """32 hex digits, made of what stays the same between two runs that fail alike."""
    from hashlib import blake2b  # loads OpenSSL, which commands that only read need not wait for

    return blake2b(b"gotcha\x1f" + fingerprint.encode("utf-8", "replace"), digest_size=16).hexdigest()
