package io.github.afterimage.batch;

/**
 * Rows of a request that one pass answers.
 *
 * @param first the first row
 * @param count number of rows, positive
 */
public record Slice<W>(W work, int first, int count) {}
