"""Whether this machine can hold a conversation memory: SQLite, full-text search, vectors."""

from __future__ import annotations

from dataclasses import dataclass

# Older versions can corrupt a database in WAL mode: https://www.sqlite.org/wal.html#walresetbug
LEAST_SQLITE = (3, 51, 3)


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """What was found. `problems` say what is wrong and what to do; empty means all is well.

    A version is "" where the library is not there. Without vectors search goes on by words.
    """

    apsw: str = ""
    sqlite: str = ""
    has_fts5: bool = False
    sqlite_vec: str = ""
    problems: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether a database can be kept at all, with or without vectors."""
        return bool(self.sqlite) and self.has_fts5 and _version(self.sqlite) >= LEAST_SQLITE


def database_status() -> DatabaseStatus:
    """Return what a database in memory can do here. Takes some milliseconds; touches no file."""
    try:
        import apsw
    except ImportError as error:
        problem = f"apsw cannot be loaded ({error}). Run `pip install --force-reinstall apsw`."
        return DatabaseStatus(problems=(problem,))
    problems: list[str] = []
    sqlite = apsw.sqlite_lib_version()
    if _version(sqlite) < LEAST_SQLITE:
        least = ".".join(map(str, LEAST_SQLITE))
        problems.append(f"SQLite {sqlite} is older than {least} and can damage files. Upgrade apsw.")
    connection = apsw.Connection(":memory:")
    try:
        try:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
            has_fts5 = True
        except apsw.Error as error:
            has_fts5 = False
            problems.append(f"SQLite has no FTS5 ({error}). Install apsw from PyPI, which has it.")
        vectors, problem = _vectors(connection)
        problems += [problem] if problem else []
    finally:
        connection.close()
    return DatabaseStatus(apsw.apsw_version(), sqlite, has_fts5, vectors, tuple(problems))


def _vectors(connection: object) -> tuple[str, str]:
    """Return sqlite-vec's version, or "" and why it does not load."""
    import apsw

    assert isinstance(connection, apsw.Connection)
    without = "Search goes on by words alone."
    try:
        import sqlite_vec  # type: ignore[import-untyped]
    except ImportError:
        return "", f"sqlite-vec is not installed or has no build for this machine. {without}"
    try:
        connection.enable_load_extension(True)
        connection.load_extension(sqlite_vec.loadable_path())
        version = connection.execute("SELECT vec_version()").get
    except (apsw.Error, OSError) as error:
        return "", f"sqlite-vec does not load ({error}). {without}"
    finally:
        connection.enable_load_extension(False)
    return str(version), ""


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
