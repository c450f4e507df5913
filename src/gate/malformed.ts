const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** The status for a connection on which no request could be read; undefined when nobody is left to tell, or the request was only cut off. */
export function malformedStatus({ code }: NodeJS.ErrnoException): number | undefined {
  if (code === undefined) return undefined;
  if (STATUS_OF[code] !== undefined) return STATUS_OF[code];
  return code.startsWith("HPE_") && code !== "HPE_INVALID_EOF_STATE" ? 400 : undefined;
}
