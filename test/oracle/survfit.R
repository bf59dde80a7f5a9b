# The percentiles of report lifetimes, from the reports of connections and circuits, by R's package
# survival: Kaplan-Meier with delayed entry and right-censoring (docs/reference.md, lifetimes).
#
# Standard input: a row a life. case: whose recording; subject; kind: TYPE_FLAGS, or the shape; times
# in milliseconds: opened, first, last, closed (NA while it is open); end; known: whether the opening
# is; told: whether an event reported it; interval. Standard output: a row a case, subject and group.
suppressPackageStartupMessages(library(survival))
options(scipen = 20)

lives <- read.csv(file("stdin"), stringsAsFactors = FALSE, na.strings = "NA")

# The three ages at which a curve is at or below 0.9, 0.5, 0.1; NA where it never is, and from the
# first on that fewer than ten were at risk at.
ages <- function(entered, until, died) {
  found <- c(NA, NA, NA)
  # What comes under watch and is lost at one age was never at risk. What dies at it was.
  there <- died | until > entered
  if (!any(there)) return(found)
  entered <- ifelse(died & entered == until, entered - 0.5, entered)
  curve <- survfit(Surv(entered[there], until[there], died[there]) ~ 1, timefix = FALSE)
  for (place in 1:3) {
    at <- which(curve$surv <= 1 - c(0.1, 0.5, 0.9)[place] + 1e-9)
    if (length(at) == 0 || curve$n.risk[at[1]] < 10) break
    found[place] <- curve$time[at[1]]
  }
  found
}

row <- function(group, members) {
  interval <- members$interval[1]
  known <- members[members$known, ]
  from <- if (nrow(known) > 0 && all(known$told)) 0 else interval
  died <- known$end == "closed"
  least <- known$last - known$opened
  greatest <- ifelse(died, known$closed - known$opened, least)
  entered <- pmax(ifelse(known$told, 0, known$first - known$opened), from)
  # A millisecond is the shortest time there is: just after is a part of it.
  least <- ifelse(least <= from, from + 1, least)
  kept <- greatest > from
  min <- ages(entered[kept], least[kept], died[kept])
  max <- ages(entered[kept], greatest[kept], died[kept])
  percentiles <- c(min[1], max[1], min[2], max[2], min[3], max[3])
  data.frame(case = members$case[1], subject = members$subject[1], group = group,
    count = nrow(members), percentiles = paste(percentiles, collapse = " "), from = from)
}

direction <- list(inbound = "^[Ii]", outbound = "^[Oo]")
usage <- list(client = "^.C", relay = "^.R", control = "^.X", "hidden-service" = "^.H",
  directory = "^.D")
shapes <- c("relay", "blocked", "outbound-only", "inbound-only", "pending")
shape <- setNames(as.list(paste0("^", shapes, "$")), shapes)

answers <- list()
for (members in split(lives, list(lives$case, lives$subject), drop = TRUE)) {
  groups <- if (members$subject[1] == "connection") c(direction, usage) else shape
  groups <- c(list(all = ""), groups)
  for (group in names(groups)) {
    held <- members[grepl(groups[[group]], members$kind), ]
    if (nrow(held) > 0) answers[[length(answers) + 1]] <- row(group, held)
  }
}
write.csv(do.call(rbind, answers), row.names = FALSE, quote = FALSE)
