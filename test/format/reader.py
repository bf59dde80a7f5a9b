"""A reader of recordings by docs/recording-format.md alone: it shares no code with conntape.

Usage: reader.py RECORDING... -- PROGRAM [ARGUMENT...]

PROGRAM inflates Brotli, which Python's library has not: it takes and gives messages of four bytes of
length, the highest first, and so many bytes.

Prints a line of JSON for each item of each tape, in order, {"session": header, "at"},
{"gap": {...}}, {"unread": {...}} or {"at", "poll_ms", "conn": the lines of conn/all, "info": all
values that are known, "events", "quarantined", "extra"}; behind the last of a tape {"head": its link}.
Ends with 4 where a recording is not what was written.
"""
import hashlib
import json
import math
import sqlite3
import struct
import subprocess
import sys

APPLICATION_ID = int.from_bytes(b"CTAP", "big")
SESSION, KEY_FRAME, DELTA_FRAME, GAP, UNREAD = range(5)


class Damaged(Exception):
    pass


class Inflater:
    """The program that inflates."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def inflate(self, payload):
        self.process.stdin.write(struct.pack(">I", len(payload)) + payload)
        self.process.stdin.flush()
        length = self.process.stdout.read(4)
        if len(length) < 4:
            raise Damaged("a payload does not inflate")
        return self.process.stdout.read(struct.unpack(">I", length)[0])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Column:
    """Bytes that are read from the first to the last."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def ended(self):
        return self.at >= len(self.data)

    def uint(self):
        value = shift = 0
        while True:
            if self.at >= len(self.data) or shift > 49:
                raise Damaged("a number does not end")
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def int(self):
        value = self.uint()
        return -(value + 1) // 2 if value % 2 else value // 2

    def block(self):
        length = self.uint()
        start, self.at = self.at, self.at + length
        if self.at > len(self.data):
            raise Damaged("a block does not end")
        return self.data[start : self.at]

    def column(self):
        return Column(self.block())


def peers_of(db):
    """By number: OR_ID and IP as text."""
    return {
        number: (
            or_id.hex().upper() if isinstance(or_id, bytes) else or_id,
            ".".join(map(str, ip.to_bytes(4, "big"))) if isinstance(ip, int) else ip,
        )
        for number, or_id, ip in db.execute("SELECT id, or_id, ip FROM peer")
    }


class Row:
    """A line of conn/all: `label` is all of it but READ, WRITE and UPTIME."""

    def __init__(self, label, read, written, uptime, birth):
        self.label, self.read, self.written = label, read, written
        self.uptime, self.birth = uptime, birth

    def line(self):
        *head, extra = self.label
        fields = [*head, self.read, self.written, self.uptime]
        return " ".join(str(field) for field in fields + ([extra] if extra else []))


class Tape:
    """Reads the items of one tape, one after another."""

    def __init__(self, db, inflater):
        self.peers = peers_of(db)
        self.inflater = inflater
        self.rows = None
        self.info = {}

    def item(self, kind, at, payload):
        """What a row of the tape says, and the peers that it refers to."""
        if kind == SESSION:
            return {"session": json.loads(payload), "at": at}, set()
        if kind == GAP:
            return {"gap": json.loads(payload)}, set()
        if kind == UNREAD:
            return {"unread": json.loads(payload)}, set()
        if kind == KEY_FRAME:
            self.rows, self.info = [], {}
        elif kind != DELTA_FRAME or self.rows is None:
            raise Damaged("kind %d stands where it cannot" % kind)
        return self.frame(at, Column(self.inflater.inflate(payload)))

    def frame(self, at, data):
        count = data.uint()
        poll_ms = data.uint()
        origins = order_of(count, len(self.rows), data)
        rows, peers = self.all_rows(origins, at, data)
        move(rows, data)
        correct(rows, at, data)
        text = data.block()
        aside = json.loads(text) if text else {}
        self.rows = rows
        self.info = {**self.info, **aside.get("info", {})}
        return {
            "at": at,
            "poll_ms": poll_ms,
            "conn": "\n".join(row.line() for row in rows),
            "info": self.info,
            "events": aside.get("events", []),
            "quarantined": aside.get("quarantined", [0, []]),
            "extra": aside.get("extra", {}),
        }, peers

    def all_rows(self, origins, at, data):
        """The rows that are written anew, and those that are kept, with the UPTIME foretold."""
        conn_ids, circ_ids, peers, ports, l_ports, flags, extras = [data.column() for _ in range(7)]
        words = [data.block().decode() for _ in range(data.uint())]
        read, written, uptimes = [data.column() for _ in range(3)]
        conn_id = 0
        used = set()
        rows = []
        for origin in origins:
            if origin is None:
                is_back = conn_ids.uint()
                conn_id += -conn_ids.uint() if is_back else conn_ids.uint()
                peer = peers.uint()
                used.add(peer)
                label = [conn_id, circ_ids.uint(), *self.peer(peer), ports.uint(), l_ports.uint()]
                label += [words[flags.uint()], words[extras.uint()]]
                uptime = uptimes.uint()
                birth = float(at) - float(uptime) * 1000.0 - 500.0
                rows.append(Row(label, read.uint(), written.uint(), uptime, birth))
            else:
                row = self.rows[origin]
                uptime = math.floor((float(at) - row.birth) / 1000.0)
                rows.append(Row(row.label, row.read, row.written, uptime, row.birth))
        return rows, used

    def peer(self, number):
        if number not in self.peers:
            raise Damaged("there is no peer %d" % number)
        return self.peers[number]


def order_of(count, count_before, data):
    """For each row the row of the frame before that it goes on with, or None."""
    news, jumps, runs = [data.column() for _ in range(3)]
    origins = []
    following = 0
    while len(origins) < count:
        origins += [None] * news.uint()
        following += jumps.int()
        run = runs.uint()
        if following < 0 or following + run > count_before:
            raise Damaged("the order leaves the frame before")
        origins += range(following, following + run)
        following += run
    return origins


def move(rows, data):
    """READ and WRITE of the rows that moved."""
    count = data.uint()
    distances = data.column()
    read_unit, read = data.uint(), data.column()
    written_unit, written = data.uint(), data.column()
    place = -1
    for _ in range(count):
        place += distances.uint()
        rows[place].read += read.int() * read_unit
        rows[place].written += written.int() * written_unit


def correct(rows, at, data):
    """UPTIME of the kept rows that is not as foretold."""
    column = data.column()
    place = -1
    while not column.ended():
        place += column.uint()
        row = rows[place]
        row.uptime += column.int()
        latest = float(at) - float(row.uptime) * 1000.0
        row.birth = min(max(row.birth, latest - 999.0), latest)


def link_of(before, seq, kind, at, payload, names):
    digest = hashlib.sha256(before)
    digest.update(struct.pack(">dddd", seq, kind, at, len(payload)))
    digest.update(payload)
    digest.update(names.encode())
    return digest.digest()


ALL_BITS = 0xFFFFFFFF
MIX_A, MIX_B = 0x9E3779B1, 0x85EBCA77


class RowSum:
    def __init__(self):
        self.a, self.b = MIX_A, MIX_B

    def take(self, number):
        self.a = (self.a ^ number) * MIX_A & ALL_BITS
        self.a ^= self.a >> 15

    def end_part(self):
        self.b = (self.b + self.a) * MIX_B & ALL_BITS
        self.b ^= self.b >> 13

    def add(self, value):
        if isinstance(value, int):
            self.take(value & ALL_BITS)
            self.end_part()
            if -(2**31) <= value < 2**31:
                return
            self.a = (self.a ^ (value >> 32 & ALL_BITS) ^ 1) * MIX_A & ALL_BITS
        elif value is None:
            self.a ^= 0x30000
        else:
            is_text = isinstance(value, str)
            parts = value.encode("utf-16-le", "surrogatepass") if is_text else value
            numbers = struct.unpack("<%dH" % (len(parts) // 2), parts) if is_text else parts
            for number in numbers:
                self.take(number)
            self.a ^= len(numbers) ^ (0x20000 if is_text else 0x40000)
        self.take(0)
        self.end_part()

    def value(self):
        return (self.b & 0xFFFFF) << 32 | self.a


def check_sums(db):
    """Every row of the tables beside the tape is one that was written."""
    for name, rows, due in db.execute('SELECT name, "rows", sum FROM table_sum'):
        has_key = any(column[5] for column in db.execute("PRAGMA table_info(%s)" % name))
        found = total = 0
        for row in db.execute("SELECT %s* FROM %s" % ("" if has_key else "rowid, ", name)):
            row_sum = RowSum()
            for value in row:
                row_sum.add(value)
            found += 1
            total = (total + row_sum.value()) % 2**52
        if (found, total) != (rows, due):
            raise Damaged("the table %s is not what was written" % name)


def read(path, inflater):
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    (application_id,) = db.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        raise Damaged("it is no recording")
    check_sums(db)
    tape = Tape(db, inflater)
    link = bytes(32)
    due = 1
    if db.execute("PRAGMA user_version").fetchone()[0] >= 5:
        for seq, chain in db.execute("SELECT seq, chain FROM beginning"):
            due, link = seq + 1, chain
    for seq, kind, at, payload, chain in db.execute("SELECT * FROM tape ORDER BY seq"):
        try:
            item, peers = tape.item(kind, at, payload)
        except (LookupError, TypeError, ValueError) as fault:
            raise Damaged("item %d: %s" % (seq, fault)) from fault
        names = "".join("%d %s %s\n" % (peer, *tape.peer(peer)) for peer in sorted(peers))
        link = link_of(link, seq, kind, at, payload, names)
        if seq != due or link != chain:
            raise Damaged("item %d is not what was written" % due)
        due += 1
        print(json.dumps(item))
    if db.execute("SELECT seq, chain FROM mark").fetchone() != (due - 1, link):
        raise Damaged("the tape does not end where it was left")
    print(json.dumps({"head": link.hex()}))


def main(arguments):
    place = arguments.index("--")
    inflater = Inflater(arguments[place + 1 :])
    try:
        for path in arguments[:place]:
            read(path, inflater)
    except Damaged as damaged:
        print("%s: %s" % (path, damaged), file=sys.stderr)
        return 4
    finally:
        inflater.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
