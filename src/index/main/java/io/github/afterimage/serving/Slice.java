package io.github.afterimage.serving;

/**
 * Rows of a request that one pass answers.
 *
 * @param first the first row
 * @param count number of rows, positive
 */
public record Slice<W>(W work, int first, int count) {}
