package io.github.afterimage.store;

/**
 * Rows {@code [from, to)} of a segment, as a snapshot has them. Immutable.
 *
 * @param removed how many of them were removed
 */
record Part(Segment segment, long from, long to, long removed) {
    long rows() {
        return to - from;
    }

    long live() {
        return to - from - removed;
    }
}
