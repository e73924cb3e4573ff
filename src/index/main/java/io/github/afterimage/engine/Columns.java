package io.github.afterimage.engine;

import java.io.Serializable;

/**
 * Names the sums of a query: one for each class, or one for each number of the values and, last, the total of all terms.
 *
 * @param count number of sums
 * @param ofValues true for the sums of values
 */
public record Columns(int count, boolean ofValues) implements Serializable {
    public static Columns ofClasses(int classes) {
        return new Columns(classes, false);
    }

    /** @param width numbers of a value */
    public static Columns ofValues(int width) {
        return new Columns(Math.addExact(width, 1), true);
    }

    /** Returns the number of sums that are divided by the total. */
    public int results() {
        return ofValues ? count - 1 : count;
    }
}
