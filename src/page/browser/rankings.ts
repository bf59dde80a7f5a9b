/**
 * Destinations and peers: who moved the most, and when each was called.
 * Owns the view of both; a ranking's rows and its combs are rankingTable.ts's.
 */
import { csvLink } from './csvLink.ts';
import { make } from './elements.ts';
import { notedOfFile } from './partOfFile.ts';
import { type RankingTable, rankingTable } from './rankingTable.ts';
import { sectionOf } from './section.ts';
import type { View } from './view.ts';

export function rankingsView(): View {
  const section = sectionOf(
    'Destinations and peers',
    'The greatest of each, with a tick for each opening beside it: what calls regularly is a comb.',
  );
  const link = csvLink(['destinations', 'peers']);
  section.heading.append(link.root);
  const tables: RankingTable[] = [
    rankingTable({
      title: 'Destinations: where connections go',
      none: 'No connection led out of Tor in this window.',
      withheld: 'all addresses that are not kept',
      isRegular: true,
    }),
    rankingTable({
      title: 'Peers: who connects here',
      none: 'Nobody connected in this window.',
      withheld: 'all that are no relays',
      isRegular: false,
    }),
  ];
  const pair = make('div', { class: 'rankings' }, ...tables.map(({ root }) => root));
  section.body.append(pair);

  return {
    root: section.root,
    async draw(stage, signal) {
      link.update(stage);
      const part = await stage.source.part('rankings', stage.window, 1, signal);
      if (signal.aborted) return;
      section.note(notedOfFile(part.note, stage));
      const words = [part.destinations, part.peers].map((ranking, which) =>
        tables[which]!.draw(ranking, stage),
      );
      section.describe(words.join(' '));
    },
  };
}
