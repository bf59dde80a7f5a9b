# The plot of a soak, from what npm run soak wrote:
#   gnuplot -e "samples='build/soak/soak.csv'; plot_file='docs/soak.svg'; interval_s=60" bench/soak.gnuplot
# Columns are those of soak.csv, by name; four panels over the days of the recorder's clock.
set datafile separator ','
set terminal svg size 900,680 font 'sans-serif,11' background '#ffffff'
set output plot_file
set multiplot layout 2,2 margins 0.08,0.98,0.08,0.94 spacing 0.09,0.17
set xlabel 'day'
set grid linecolor rgb '#dddddd'
set yrange [0:*]
set key top right
day(polls) = polls * interval_s / 86400.0
set title 'CPU a poll, ms'
plot samples using (day(column('polls'))):(column('cpu_ms_a_poll')) with lines linecolor rgb '#1f5fa8' notitle
set title 'memory, MB'
plot samples using (day(column('polls'))):(column('resident_mb')) with lines linecolor rgb '#1f5fa8' title 'resident', \
     samples using (day(column('polls'))):(column('heap_used_mb')) with lines linecolor rgb '#c05a00' title 'heap in use'
set title 'files, MB'
plot samples using (day(column('polls'))):(column('file_mb')) with lines linecolor rgb '#1f5fa8' title 'recording', \
     samples using (day(column('polls'))):(column('log_mb')) with lines linecolor rgb '#c05a00' title 'log beside it'
set title 'open descriptors'
plot samples using (day(column('polls'))):(column('descriptors')) with lines linecolor rgb '#1f5fa8' notitle
unset multiplot
