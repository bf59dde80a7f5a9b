-- Which findings are the same on several of our relays?
--
-- Asked: seen_from, seen_to.
-- A row a rule and relay, of rules that found something at two relays or more in the window, worst first:
-- how often, from when to when, and one of its subjects. Gaps are left out: the relays that do not
-- answer for all of the window come behind.
WITH found AS (
  SELECT relay, rule,
    min(CASE severity WHEN 'critical' THEN 1 WHEN 'warning' THEN 2 WHEN 'notice' THEN 3 ELSE 4 END)
      AS worst,
    count(*) AS finding_count, min(first_seen) AS first_at, max(last_seen) AS last_at,
    min(subject) AS a_subject
  FROM findings
  WHERE severity IN ('critical', 'warning', 'notice', 'info')
    AND rule <> 'recorder-gap'
    AND day >= (SELECT CAST(seen_from AS DATE) FROM asked)
    AND last_seen >= (SELECT seen_from FROM asked)
    AND first_seen < (SELECT seen_to FROM asked)
  GROUP BY relay, rule
),
shared AS (
  SELECT rule, min(worst) AS worst_of_all, count(*) AS at_relays
  FROM found GROUP BY rule HAVING count(*) >= 2
)
SELECT relay, nickname, answers, rule, severity, at_relays, finding_count, first_at, last_at, a_subject
FROM (
  SELECT found.relay AS relay, nickname, answers, found.rule AS rule, worst_of_all,
    CASE worst WHEN 1 THEN 'critical' WHEN 2 THEN 'warning' WHEN 3 THEN 'notice' ELSE 'info' END
      AS severity,
    at_relays, finding_count, first_at, last_at, a_subject
  FROM found
  JOIN shared ON shared.rule = found.rule
  JOIN answering ON answering.relay = found.relay
  UNION ALL
  SELECT relay, nickname, answers, NULL, 9, NULL, NULL, NULL, NULL, NULL, NULL
  FROM answering WHERE answers <> 'all'
) AS answer
ORDER BY worst_of_all, rule, relay;
