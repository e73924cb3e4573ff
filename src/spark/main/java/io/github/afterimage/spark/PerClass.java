package io.github.afterimage.spark;

/**
 * How many images of each class are drawn.
 *
 * @param count of each class; 0 for all
 * @param seed which ones
 */
record PerClass(int count, long seed) {
    static final PerClass ALL = new PerClass(0, 0);

    boolean all() {
        return count == 0;
    }
}
