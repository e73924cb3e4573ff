package io.github.afterimage.experiments.report;

/** Exit codes of the program. */
public final class ExitCode {
    /** All was done. */
    public static final int DONE = 0;
    /** It could not be done: a file is missing, a network or values cannot be used, memory or disk is full. */
    public static final int FAILED = 1;
    /** The command line asks for something that does not exist or does not fit together. */
    public static final int USAGE = 2;
    /** An index or data are damaged, or not of the form expected: contradictory, incomplete, of another layout or type. */
    public static final int CORRUPT = 3;
    /** As a shell reports a program whose terminal was closed. */
    public static final int HUNG_UP = 129;
    /** As a shell reports a program that Ctrl-C ended. */
    public static final int INTERRUPTED = 130;
    /** As a shell reports a program that kill or a service manager ended with SIGTERM. */
    public static final int TERMINATED = 143;

    private ExitCode() {}
}
