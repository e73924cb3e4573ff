package io.github.afterimage.store;

/**
 * Where a tensor lies in an index file.
 *
 * @param offset where it begins, counted from the end of the header
 */
record StoredTensor(String name, long offset, long bytes, int checksum) {}
