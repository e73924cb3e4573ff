package io.github.afterimage.experiments.command;

/** A word of a command as a shell takes it. */
public final class ShellWord {
    private static final String NEEDS_NO_QUOTES = "[\\w./:@%+=,-]+";

    private ShellWord() {}

    /** Returns a word, quoted where needed. */
    public static String of(String word) {
        return word.matches(NEEDS_NO_QUOTES) ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
