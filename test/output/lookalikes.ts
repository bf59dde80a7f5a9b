/**
 * Texts that a spreadsheet might take for a number, a date or a boolean, and such as it never does.
 * Owns the lists: csv.test.ts asks what is guarded, spreadsheet.test.ts what LibreOffice says.
 */

const digits = (count: number) => '1234567890'.repeat(4).slice(0, count);

export const LOOKING_LIKE_NUMBERS: readonly string[] = [
  // Fingerprints and what they begin with.
  ...['1111E10', `12E4${digits(36)}`, digits(40), digits(16), '1E5', '1e5', '1E-5', '1.5E5'],
  ...['0123', '00', '1.5', '1.50', '.5', '5.', '1,5', '1,000', "1'000", '1 000', '1\u00a0000'],
  ...['50%', '5 %', '$5', '€5', '5 €', '(5)', ' 12', '12 ', '\u00a012', '\ufeff12', '1\u20002'],
  ...['1/2', '1 1/2', '1-2', '1-2-3', '1/2/3', '1.2.3', '11/23/2026', '23.11.2026', '2026-11-23'],
  ...['2026-11-23 03:44:26', '2026-11-23T03:44:26Z', 'Mar 1', 'Mar-1', '1-Mar', 'MAR1', 'may5'],
  ...['Nov 2026', 'Monday, November 23, 2026', '12:30', '12:30:45', '25:00', '1:2', '10:20.5'],
  ...['12AM', '12:30 PM', 'TRUE', 'false', '#N/A', '#REF!', '80,443', '192.168.100.200'],
  ...['1\u00002', '\u000012', '１２', '½'],
];

export const MERE_TEXTS: readonly string[] = [
  // As conntape writes integers: taken for numbers, they are the right ones.
  ...['0', '7', '100', digits(15)],
  ...['203.0.113.9', '10.0.0.1', '192.168.1.100', '203.0.113.9:443', '0.4.9.11'],
  ...['::1', '2001:db8::8', '1:2:3:4:5:6:7:8', '1::2', 'fe80::1'],
  ...['F'.repeat(40), `A${digits(39)}`, `${digits(39)}F`, 'IRt', 'OCt', 'ORT', 'E5', '5E', '1D5F'],
  ...['DONE', 'May', 'Monday', '12h', '10s', '3d2h', 'unnamed', 'AGE=unknown', '3 of 4', 'Q1'],
];
