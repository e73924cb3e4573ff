package io.github.afterimage.file;

/**
 * Describes the location of a tensor in an index file.
 *
 * @param offset offset of the tensor from the end of the header
 */
record StoredTensor(String name, long offset, long bytes, int checksum) {}
