-- Every gap, declared by the source or implied by a long step.
SELECT from_ms, to_ms, (to_ms - from_ms) / 1000.0, reason, declared FROM gap_told
ORDER BY from_ms, to_ms
