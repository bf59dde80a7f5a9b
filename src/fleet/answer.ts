/**
 * What many recordings say of one complaint, side by side.
 * Owns which verdict of several counts, and that one recording is open at a time; the answers are
 * reports/answer/'s.
 */
import { Spill } from '../recording/spill.ts';
import { answersTo } from '../reports/answer/answer.ts';
import type {
  Complaint,
  ComplaintAnswer,
  QuestionName,
  Sighted,
} from '../reports/answer/complaint.ts';
import { windowOf } from '../reports/answer/complaint.ts';
import { type Coverage, coverageOf, isWhole } from '../reports/findings/coverage.ts';
import type { Member, Silence } from './member.ts';
import { heard } from './silence.ts';

/** A recording that answered. */
export interface AnsweredMember {
  readonly member: Member;
  /** The chain's head when it was asked; undefined where there is none. */
  readonly head: string | undefined;
  /** How much of the window it saw. */
  readonly coverage: Coverage;
}

/** `not seen in part`: it would have been seen in that part of the window that was recorded. */
export type FleetSighted = Sighted | 'not seen in part';

/** A question, and who says what; recordings by their places among those that answered. */
export interface FleetVerdict {
  readonly question: QuestionName;
  readonly asks: string;
  readonly places: Readonly<Record<FleetSighted, readonly number[]>>;
  /** Why those cannot say that cannot, each reason once. */
  readonly reasons: ReadonlyMap<string, readonly number[]>;
}

/**
 * Asks one recording after another. Their answers wait in a file: memory is that of one, and of the
 * verdicts.
 * @param onMember called before each is asked.
 */
export async function answersOfFleet(
  members: readonly Member[],
  complaint: Complaint,
  onMember: (member: Member, place: number) => void,
): Promise<FleetAnswers> {
  const answers = new FleetAnswers(complaint);
  for (const [place, member] of members.entries()) {
    onMember(member, place);
    const { silence } = await heard(member.path, member, (recording) => {
      const said = answersTo(recording, complaint);
      const coverage = coverageOf(recording, windowOf(complaint));
      answers.add({ member, head: recording.head, coverage }, said);
    });
    if (silence !== undefined) answers.silent.push(silence);
  }
  return answers;
}

interface OpenVerdict {
  readonly question: QuestionName;
  readonly asks: string;
  readonly places: Record<FleetSighted, number[]>;
  readonly reasons: Map<string, number[]>;
}

export class FleetAnswers {
  readonly complaint: Complaint;
  readonly answered: AnsweredMember[] = [];
  /** Those that were asked and do not answer. */
  readonly silent: Silence[] = [];
  readonly #answers = new Spill<ComplaintAnswer>();
  readonly #verdicts = new Map<QuestionName, OpenVerdict>();

  constructor(complaint: Complaint) {
    this.complaint = complaint;
  }

  add(answered: AnsweredMember, answers: readonly ComplaintAnswer[]): void {
    const place = this.answered.push(answered) - 1;
    for (const answer of answers) this.#answers.add(place, 0, answer);
    for (const question of new Set(answers.map((answer) => answer.question))) {
      const parts = answers.filter((answer) => answer.question === question);
      const decisive = decisiveOf(parts);
      const { places, reasons } = this.#verdictOf(decisive);
      const isPart = decisive.verdict === 'not seen' && !isWhole(answered.coverage);
      places[isPart ? 'not seen in part' : decisive.verdict].push(place);
      if (decisive.verdict !== 'not observable') continue;
      const sharing = reasons.get(decisive.because);
      if (sharing === undefined) reasons.set(decisive.because, [place]);
      else sharing.push(place);
    }
  }

  #verdictOf({ question, asks }: ComplaintAnswer): OpenVerdict {
    let verdict = this.#verdicts.get(question);
    if (verdict === undefined) {
      const places = { seen: [], 'not seen': [], 'not seen in part': [], 'not observable': [] };
      verdict = { question, asks, places, reasons: new Map() };
      this.#verdicts.set(question, verdict);
    }
    return verdict;
  }

  /** Those questions first that ask whether it was one of them. */
  get verdicts(): FleetVerdict[] {
    const deciding = decidingQuestions(this.complaint);
    const others = [...this.#verdicts.keys()].filter((question) => !deciding.includes(question));
    return [...deciding, ...others].flatMap((question) => this.#verdicts.get(question) ?? []);
  }

  /** What each recording answered, in the order in which they were asked. */
  *each(): Generator<{ readonly place: number; readonly answers: ComplaintAnswer[] }, void> {
    let answers: ComplaintAnswer[] = [];
    let place = 0;
    for (const { group, item } of this.#answers.all()) {
      if (group !== place) {
        yield { place, answers };
        answers = [];
        place = group;
      }
      answers.push(item);
    }
    if (answers.length > 0) yield { place, answers };
  }

  /** What speaks for one of them: what those saw that saw something of what decides. */
  *seen(): Generator<{ readonly place: number; readonly answers: ComplaintAnswer[] }, void> {
    const deciding = decidingQuestions(this.complaint);
    for (const { place, answers } of this.each()) {
      const seen = answers.filter(
        ({ question, verdict }) => verdict === 'seen' && deciding.includes(question),
      );
      if (seen.length > 0) yield { place, answers: seen };
    }
  }
}

/** Of a question that has several answers, one after another: what was seen, else what nobody can say. */
function decisiveOf(parts: readonly ComplaintAnswer[]): ComplaintAnswer {
  const of = (verdict: Sighted) => parts.find((answer) => answer.verdict === verdict);
  return of('seen') ?? of('not observable') ?? parts[0]!;
}

/** Which questions ask whether it was one relay and not another. */
function decidingQuestions({ destination, source }: Complaint): readonly QuestionName[] {
  const deciding: QuestionName[] = [];
  if (source !== undefined) deciding.push('source');
  if (destination !== undefined) deciding.push('destination', 'policy');
  return deciding.length > 0 ? deciding : ['left', 'local'];
}
