package io.github.afterimage.failure;

import org.jspecify.annotations.Nullable;

/** Keys or queries are refused because of one row. Nothing of their batch was used. */
public final class InvalidRowException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final int row;
    private final String finding;

    /**
     * Refuses a batch.
     *
     * @param row number of the row in the batch, from 0
     * @param finding what is wrong with the row, such as {@code "has NaN at column 3: every value must be finite"}
     */
    public InvalidRowException(int row, String finding) {
        this("row", row, finding, null);
    }

    private InvalidRowException(String noun, int row, String finding, @Nullable Throwable cause) {
        super(noun + " " + row + " " + finding + "; the whole batch is refused", cause);
        this.row = row;
        this.finding = finding;
    }

    /** Returns the number of the row in its batch, from 0. */
    public int row() {
        return row;
    }

    /** Returns the fault of the row, as words that follow its name. */
    public String finding() {
        return finding;
    }

    /**
     * Returns an exception whose message uses the caller's word for a row.
     *
     * @param noun a name for a row, such as {@code "key"}
     */
    public InvalidRowException named(String noun) {
        return new InvalidRowException(noun, row, finding, this);
    }
}
