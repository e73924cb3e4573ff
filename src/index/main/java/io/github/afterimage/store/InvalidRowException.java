package io.github.afterimage.store;

/**
 * Refuses a batch because one of its rows has a value that is not finite, or is all zeros.
 *
 * <p>Its own message calls the row a row; {@link #named} calls it what the caller of the library calls it.
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
     * Returns the refusal in the words of the caller.
     *
     * @param noun a name for a row, such as {@code "key"}
     */
    public IllegalArgumentException named(String noun) {
        return new IllegalArgumentException(noun + " " + row + " " + finding, this);
    }
}
