package io.github.afterimage.experiments.command;

import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.failure.CorruptIndexException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.concurrent.CancellationException;

/**
 * The message and the exit code of a command that failed.
 *
 * @param message one line that names the value and the expected one
 */
public record Failure(int exitCode, String message) {

    /** Signals that the content of the data, not the command line, is wrong. */
    public static final class UnusableDataException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private UnusableDataException(String data, IllegalArgumentException cause) {
            super(data + ": " + cause.getMessage(), cause);
        }
    }

    /**
     * Refuses what the caller gave.
     *
     * @throws IllegalArgumentException if it is {@code wrong}
     */
    public static void refuse(boolean wrong, String message) {
        if (wrong) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Works with data. */
    public interface Work<T> {
        T run() throws IOException;
    }

    /**
     * Works with data; what does not fit is said with their name.
     *
     * @throws UnusableDataException in place of an IllegalArgumentException
     */
    public static <T> T naming(String data, Work<T> work) throws IOException {
        try {
            return work.run();
        } catch (IllegalArgumentException e) {
            throw new UnusableDataException(data, e);
        }
    }

    /** Signals an interruption, and says what it leaves. */
    public static final class InterruptionException extends CancellationException {
        private static final long serialVersionUID = 1;

        public InterruptionException(String message, Exception cause) {
            super(message);
            initCause(cause);
        }
    }

    public static Failure of(Throwable thrown) {
        Throwable problem =
                thrown instanceof UncheckedIOException wrapped ? Objects.requireNonNull(wrapped.getCause()) : thrown;
        return new Failure(exitCode(problem), message(problem).replaceAll("\\s*\\R\\s*", " "));
    }

    private static int exitCode(Throwable problem) {
        if (interrupted(problem)) {
            return Interruption.exitCode();
        }
        if (problem instanceof CorruptIndexException || problem instanceof CorruptDataException) {
            return ExitCode.CORRUPT;
        }
        return problem instanceof IllegalArgumentException ? ExitCode.USAGE : ExitCode.FAILED;
    }

    /** Returns true if a command was interrupted; every failure of an interrupted thread counts as interruption. */
    public static boolean interrupted(Throwable problem) {
        return Thread.currentThread().isInterrupted()
                || problem instanceof CancellationException
                || problem instanceof ClosedByInterruptException;
    }

    private static String message(Throwable problem) {
        String text = problem.getMessage();
        if (problem instanceof InterruptionException) {
            return "interrupted; " + text;
        }
        if (interrupted(problem)) {
            return "interrupted; nothing unfinished was written";
        }
        if (problem instanceof FileSystemException file) {
            return message(file);
        }
        if (problem instanceof OutOfMemoryError) {
            boolean launched = System.getProperty("afterimage.command") != null;
            return "the Java heap is full (" + text + "): give it more with "
                    + (launched ? "AFTERIMAGE_JAVA_OPTIONS=-Xmx4g" : "java -Xmx4g -jar ...");
        }
        if (problem instanceof LinkageError) {
            return "a native library is not loaded (" + problem + "): see afterimage doctor";
        }
        boolean expected = problem instanceof IllegalArgumentException
                || problem instanceof IllegalStateException
                || problem instanceof IOException
                || problem.getClass().getName().startsWith("io.github.afterimage.");
        return expected && text != null ? text : "unexpected " + problem + "; --stack-trace shows where";
    }

    private static String message(FileSystemException problem) {
        String reason = problem.getReason();
        if (reason == null) {
            if (problem instanceof NoSuchFileException) {
                reason = "no such file";
            } else if (problem instanceof AccessDeniedException) {
                reason = "permission denied";
            } else {
                reason = "cannot be read or written";
            }
        }
        return problem.getFile() == null ? reason : problem.getFile() + ": " + reason;
    }
}
