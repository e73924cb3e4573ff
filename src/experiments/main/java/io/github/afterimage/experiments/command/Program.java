package io.github.afterimage.experiments.command;

/** The program that a command is a part of. */
public interface Program {
    /** Returns true if somebody watches the progress of commands. */
    boolean showsProgress();

    /** The columns of the terminal that shows standard output, or {@code Report.UNLIMITED}. */
    int columns();
}
