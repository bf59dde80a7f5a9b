-- Every snapshot: when it was taken, in which run, and how many lines it holds and set aside.
SELECT number, at, (SELECT max(id) FROM run WHERE first_snapshot <= number),
entries, quarantined FROM snapshot ORDER BY number
