/**
 * What a recording says of a complaint, which asks whether it was this relay.
 * Owns which questions are asked; each question is its own module's (docs/reference.md, Answering a
 * complaint).
 */
import type { Recording } from '../../recording/reader.ts';
import type { Complaint, ComplaintAnswer } from './complaint.ts';
import { destinationAnswers, leftAnswers, localAnswers } from './connections.ts';
import { lookInto } from './looking.ts';
import { sourceAnswers } from './ownAddress.ts';
import { exitAnswers, policyAnswers } from './policy.ts';
import { blindAnswers, recordedAnswers } from './recordedThen.ts';

/**
 * The answers, question by question, each in the order of time; questions that were not asked, of a
 * destination or a source, have none.
 * Throws `recording` where nothing was recorded in the window, with what the recording holds.
 */
export function answersTo(recording: Recording, complaint: Complaint): ComplaintAnswer[] {
  const looked = lookInto(recording, complaint);
  return [
    ...recordedAnswers(looked),
    ...exitAnswers(looked),
    ...policyAnswers(looked),
    ...destinationAnswers(looked),
    ...leftAnswers(looked),
    ...localAnswers(looked),
    ...blindAnswers(looked),
    ...sourceAnswers(looked),
  ];
}
