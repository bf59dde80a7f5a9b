-- Every run of the Tor process, with its first and last snapshot.
SELECT id, first_snapshot, last_snapshot, first.at, last.at FROM run_extent
JOIN snapshot AS first ON first.number = first_snapshot
JOIN snapshot AS last ON last.number = last_snapshot ORDER BY id
