import { randomInt } from "node:crypto";

// RFC 4648's alphabet of base 32: no digit in it looks like a letter.
const LOGIN_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LOGIN_LENGTH = 8;
const SECRET_LENGTH = 22;

/** A login for archives: 8 letters and digits that every client takes in an access URL (spec/restbackup.md section 1.1). */
export function drawArchiveLogin(): string {
  return draw(LOGIN_LETTERS, LOGIN_LENGTH);
}

/** Its secret: 22 letters and digits, 131 random bits. */
export function drawArchiveSecret(): string {
  return draw(SECRET_LETTERS, SECRET_LENGTH);
}

function draw(letters: string, length: number): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}
