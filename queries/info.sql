-- Every info value, at the snapshot where it changed.
SELECT snapshot.at, key, value FROM info_change
JOIN snapshot ON snapshot.number = info_change.snapshot ORDER BY info_change.rowid
