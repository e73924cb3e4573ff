package io.github.afterimage.store;

/**
 * Refuses a batch because a row has a value that is not finite, or is all zeros.
 *
 * <p>Its own message says "row"; {@link #named} uses the caller's word for a row.
 */
public final class InvalidRowException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final int row;
    private final String finding;

    InvalidRowException(int row, String finding) {
        super("row " + row + " " + finding);
        this.row = row;
        this.finding = finding;
    }

    /**
     * Returns an exception whose message uses the caller's word for a row.
     *
     * @param noun a name for a row, such as {@code "key"}
     */
    public IllegalArgumentException named(String noun) {
        return new IllegalArgumentException(noun + " " + row + " " + finding, this);
    }
}
