import * as fs from "node:fs";
import { promisify } from "node:util";

// The file-system calls as the thread pool makes them, on numbers instead of handles.

export const open = promisify(fs.open);
export const close = promisify(fs.close);
export const fsync = promisify(fs.fsync);
export const fstat = promisify<number, { bigint: true }, fs.BigIntStats>(fs.fstat);
export const lstat = promisify<string, { bigint: true }, fs.BigIntStats>(fs.lstat);
export const lstatInNumbers = promisify<string, fs.Stats>(fs.lstat);
export const fchmod = promisify(fs.fchmod);
export const link = promisify(fs.link);
export const unlink = promisify(fs.unlink);
export const rename = promisify(fs.rename);
export const mkdir = promisify<string, number, void>((path, mode, done) => fs.mkdir(path, mode, (error) => done(error)));
export const rmdir = promisify<string, void>((path, done) => fs.rmdir(path, (error) => done(error)));
export const statfs = promisify<string, fs.StatsFs>(fs.statfs);
export const read = promisify(fs.read);
export const write = promisify(fs.write);
