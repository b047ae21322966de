"""Who and where a person is, as text: user names, home and cluster paths, hosts, e-mails, Slurm accounts.

`identity_passes` compiles local names into passes over text. Known names are found wherever they stand; shapes that
are telling on any cluster (`/scratch/jdoe`, `nid005921`, `project_465000123`, an e-mail) are found even where the
name is not known.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

Pseudonym = Callable[[str, str], str]

_SEP = r"(?:/|\\/|%2[Ff])"
_PART = r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}"
_BEFORE = r"(?<![A-Za-z0-9_.<>~/\\-])(?<!%2[Ff])"

# Shared filesystems whose first directory is a person's or a project's.
_PERSONAL_ROOTS = ("scratch", "project", "projects", "projappl", "flash", "work", "data/users", "data/home", "nobackup")
# Shared filesystems whose first directory says which filesystem it is.
_SITE_ROOTS = (
    "cluster",
    "lustre",
    "gpfs",
    "pfs",
    "ceph",
    "beegfs",
    "mnt",
    "nfs",
    "p/project",
    "p/scratch",
    "netscratch",
)
# Directories whose children are people.
_PEOPLE = r"(?:home|homes|users|user|Users|people|u)"

# Names too common in journal text to be replaced wherever they stand; only where a user name must stand.
_COMMON = frozenset(
    {
        "root", "user", "users", "ubuntu", "admin", "runner", "runneradmin", "guest", "nobody", "system", "git", "home",
        "main", "master", "test", "train", "eval", "model", "data", "adam", "adamw", "sgd", "work", "dev", "debug",
        "local", "host", "hosts", "email", "account", "project", "scratch", "redacted", "dir", "login", "node", "gpu",
        "cpu", "python", "journal", "researcher", "public", "shared", "student", "slurm", "jovyan", "vscode",
        "codespace", "docker", "debian", "centos",
    }
)  # fmt: skip


class LocalNames(NamedTuple):
    """A machine's and a person's names, as a value.

    Attributes:
        users: login names, the person's first.
        home_paths: home directories, as given and resolved.
        hosts: host names, short and fully qualified.
        emails: the person's addresses (others are found by their shape).
        accounts: Slurm accounts and project codes.
        path_prefixes: further roots of shared filesystems ("/proj/ml").
        people: full names.
    """

    users: tuple[str, ...] = ()
    home_paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    path_prefixes: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


class IdentityPass(NamedTuple):
    """One search through the text.

    Attributes:
        name: the rule's name in the counts.
        needles: the text is searched only where it holds one of them; empty: always.
        pattern: what is searched.
        rename: the match's replacement, given the document's pseudonyms.
    """

    name: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    rename: Callable[[re.Match[str], Pseudonym], str]

    def concerns(self, text: str) -> bool:
        return not self.needles or any(needle in text for needle in self.needles)


def identity_passes(names: LocalNames) -> tuple[IdentityPass, ...]:
    """The passes that replace these names, in the order in which they must run."""
    passes = [
        *_emails(names),
        *_homes(names),
        *_people_directories(),
        *_cluster_paths(names),
        *_accounts(names),
        *_hosts(names),
        *_users(names),
        *_people(names),
    ]
    return tuple(passes)


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))


def _path_pattern(path: str) -> str:
    """A path in its plain, JSON-escaped and percent-encoded forms."""
    return _SEP + _SEP.join(re.escape(part) for part in path.split("/") if part)


def _emails(names: LocalNames) -> Iterable[IdentityPass]:
    shape = (
        r"(?:(?<![A-Za-z0-9._%+-])|(?<=%3C)|(?<=\\[nrt])|(?<=%20))(?!git(?:@|%40)|no-?reply(?:@|%40))"
        r"(?P<local>[A-Za-z0-9_](?:[A-Za-z0-9._+-]|%(?!40)){0,63}+)(?:@|%40)"
        r"(?P<domain>(?![0-9]x\.)(?:[A-Za-z0-9-]{1,63}\.){1,8}(?!png|jpe?g|gif|svg|webp)[A-Za-z]{2,24})(?![A-Za-z0-9])"
    )
    if names.emails:
        shape = f"(?i:{_alternatives(names.emails)})|{shape}"
    rename = _named("email", str.lower)
    return [IdentityPass("email", ("@", "%40"), re.compile(shape), rename)]


def _homes(names: LocalNames) -> Iterable[IdentityPass]:
    homes = [home.rstrip("/") for home in names.home_paths if home.count("/") >= 2 or home == "/root"]
    if not homes:
        return []
    dashed = [re.escape(re.sub(r"[^A-Za-z0-9]", "-", home)) for home in homes if home.count("/") >= 2]
    paths = "|".join(_path_pattern(home) for home in sorted(homes, key=len, reverse=True))
    pattern = rf"(?:(?<![A-Za-z0-9_.-])|(?<=\\[nrt])|(?<=file://))(?:{paths})(?![A-Za-z0-9_.-])"
    if dashed:  # how agents name a project's directory: -home-ada-pointdiff
        pattern += rf"|(?<![A-Za-z0-9])(?:{'|'.join(dashed)})(?![A-Za-z0-9])"
    return [IdentityPass("home-path", (), re.compile(pattern), _own_home)]


def _own_home(_match: re.Match[str], _pseudonym: Pseudonym) -> str:
    return "~"


def _people_directories() -> Iterable[IdentityPass]:
    pattern = rf"{_BEFORE}(?P<root>{_SEP}(?:{_PART}{_SEP}){{0,4}}?){_PEOPLE}{_SEP}(?P<who>{_PART})"

    def rename(match: re.Match[str], pseudonym: Pseudonym) -> str:
        if match["who"] in ("me", "id", "self") or "." in match["who"][1:-4]:
            return match[0]
        return f"~{pseudonym('user', match['who'])}"

    return [IdentityPass("home-path", ("home", "user", "User", "people", "u/"), re.compile(pattern), rename)]


def _cluster_paths(names: LocalNames) -> Iterable[IdentityPass]:
    site = _roots([*_SITE_ROOTS, *(prefix.strip("/") for prefix in names.path_prefixes if prefix.strip("/"))])
    personal = _roots(_PERSONAL_ROOTS)
    inside_site = rf"(?:{_SEP}(?:{site})(?:{_SEP}{_PART}){{0,3}}?)?"
    owned = rf"{_BEFORE}{inside_site}{_SEP}(?P<root>{personal})(?P<sep>{_SEP})(?P<first>{_PART})"
    shared = rf"{_BEFORE}{_SEP}(?P<root>{site})(?P<sep>{_SEP})(?P<first>{_PART})"
    return [
        IdentityPass("cluster-path", tuple(r.split("/")[0] for r in _PERSONAL_ROOTS), re.compile(owned), _owned_path),
        IdentityPass("cluster-path", (), re.compile(shared), _shared_path),
    ]


def _roots(paths: Iterable[str]) -> str:
    return "|".join(_path_pattern(path)[len(_SEP) :] for path in sorted(set(paths), key=lambda p: (-len(p), p)))


def _owned_path(match: re.Match[str], pseudonym: Pseudonym) -> str:
    first = match["first"]
    if _ACCOUNT.fullmatch(first) or re.search(r"\.[a-z0-9]{1,4}$", first):
        return _shared_path(match, pseudonym)
    return f"<{_last_part(match['root'])}>{match['sep']}{pseudonym('dir', first)}"


def _shared_path(match: re.Match[str], _pseudonym: Pseudonym) -> str:
    return f"<{_last_part(match['root'])}>{match['sep']}{match['first']}"


def _last_part(path: str) -> str:
    return re.split(r"\\?/|%2[Ff]", path)[-1]


_ACCOUNT = re.compile(
    r"project_[0-9]{6,9}|n[ns][0-9]{4}k|(?:naiss|snic|uppmax|sens)20[0-9]{2}[-_/][0-9]{1,2}[-_/][0-9]{1,4}"
    r"|(?:def|rrg|rpp|ctb)-[a-z][a-z0-9]{1,15}(?:-[a-z]{2})?|EHPC-[A-Z]{3}-20[0-9A-Z-]{4,20}"
)


def _accounts(names: LocalNames) -> Iterable[IdentityPass]:
    shape = rf"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%2F)|(?<=%3D))(?:{_ACCOUNT.pattern})(?![A-Za-z0-9])"
    option = (
        r"(?<=--account=)(?!account-[0-9])[A-Za-z0-9_.-]{2,40}|(?<=SBATCH -A )(?!account-[0-9])[A-Za-z0-9_.-]{2,40}"
    )
    known = [account for account in names.accounts if len(account) >= 3 and account.lower() not in _COMMON]
    if known:
        shape = rf"(?<![A-Za-z0-9])(?:{_alternatives(known)})(?![A-Za-z0-9])|{shape}"
    return [IdentityPass("account", (), re.compile(f"{shape}|{option}"), _named("account"))]


def _hosts(names: LocalNames) -> Iterable[IdentityPass]:
    known = [host for host in names.hosts if len(host) >= 3 and host.lower() not in {*_COMMON, "localhost"}]
    before = r"(?:(?<![A-Za-z0-9.-])|(?<=\\[nrt])|(?<=%20)|(?<=%40)|(?<=%2F))"
    passes: list[IdentityPass] = []
    if known:
        shape = rf"(?i:{_alternatives(known)})(?![A-Za-z0-9])"
        domains = {host.split(".", 1)[1] for host in known if host.count(".") >= 2}
        if domains:  # other machines of the same site
            shape = rf"[A-Za-z0-9-]{{1,63}}+\.(?i:{_alternatives(domains)})(?![A-Za-z0-9])|{shape}"
        passes.append(IdentityPass("host", (), re.compile(f"{before}(?:{shape})"), _named("host", str.lower)))
    nodes = (
        before
        + r"(?:nid(?:[0-9]{4,6}|\[[0-9,-]{4,400}\])|uan[0-9]{1,3}|r[0-9]{1,3}i[0-9]{1,2}n[0-9]{1,3}"
        + r"|x[0-9]{4}c[0-9]s[0-9]b[0-9]n[0-9])(?![A-Za-z0-9])"
    )
    passes.append(IdentityPass("node", ("nid", "uan", "r", "x"), re.compile(nodes), _named("host", str.lower)))
    private = (
        r"(?<![0-9A-Za-z.=-])(?:192\.168|172\.(?:1[6-9]|2[0-9]|3[01]))\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])"
        r"|(?:(?<=@)|(?<=//)|(?<=[Aa]ddr=)|(?<=ADDR=)|(?<=[Hh]ost=)|(?<=HOST=)|(?<=[Hh]ost )|(?<=ip-))"
        r"10[.-][0-9]{1,3}[.-][0-9]{1,3}[.-][0-9]{1,3}(?![0-9.])"
        r"|(?<![0-9A-Za-z.=-])10(?:\.[0-9]{1,3}){3}(?=:[0-9]{2,5}(?![0-9]))"
    )
    passes.append(IdentityPass("address", ("192.168.", "172.", "10.", "10-"), re.compile(private), _named("address")))
    return passes


def _users(names: LocalNames) -> Iterable[IdentityPass]:
    users = [user for user in names.users if user]
    passes: list[IdentityPass] = []
    free = [user for user in users if len(user) >= 3 and user.lower() not in _COMMON]
    if free:
        pattern = (
            rf"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%20)|(?<=%2F)|(?<=%3D))(?:{_alternatives(free)})(?![A-Za-z0-9])"
        )
        passes.append(IdentityPass("user", tuple(free), re.compile(pattern), _named("user")))
    if users:
        places = r"(?:(?<=[Uu]ser=)|(?<=USER=)|(?<=[Uu]ser: )|(?<=LOGNAME=)|(?<=--user )|(?<=~))"
        place = (
            rf"{places}(?:{_alternatives(users)})(?![A-Za-z0-9-])|(?<![A-Za-z0-9._-])(?:{_alternatives(users)})(?=@)"
        )
        passes.append(IdentityPass("user", tuple(users), re.compile(place), _named("user")))
    handle = r"(?<=[0-9] from )(?!user-[0-9])[A-Za-z0-9][A-Za-z0-9-]{0,38}(?=/)"
    passes.append(IdentityPass("user", ("Merge pull request",), re.compile(handle), _named("user")))
    return passes


def _people(names: LocalNames) -> Iterable[IdentityPass]:
    full = [name for name in names.people if len(name) >= 5 and re.search(r"\w\s+\w", name)]
    if not full:
        return []
    pattern = rf"(?<!\w)(?:{_alternatives(full)})(?!\w)"
    return [IdentityPass("person", (), re.compile(pattern), _named("person"))]


def _named(kind: str, key: Callable[[str], str] = str) -> Callable[[re.Match[str], Pseudonym], str]:
    return lambda match, pseudonym: pseudonym(kind, key(match[0]))
