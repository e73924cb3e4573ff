package io.github.afterimage.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Standard output that keeps the reason of a failed write, which a PrintStream hides. */
public final class StandardOutput extends FilterOutputStream {
    private @Nullable IOException problem;

    public StandardOutput() {
        super(new FileOutputStream(FileDescriptor.out));
    }

    /** Prints here, in the encoding of System.out. */
    public PrintStream printer() {
        String encoding = System.getProperty("stdout.encoding"); // of Java 19 and later
        return new PrintStream(this, true, encoding == null ? Charset.defaultCharset() : Charset.forName(encoding));
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            problem = e;
            throw e;
        }
    }

    /** Why something that was printed is lost, or null. A reader that went away, as head does, had enough. */
    public @Nullable String loss() {
        return problem == null || hadReader() || "Broken pipe".equals(problem.getMessage())
                ? null
                : "standard output cannot be written: " + problem.getMessage();
    }

    /**
     * Tells whether this is a pipe or a socket, which hardly fail but for a reader that went away. Messages of the system are in the
     * user's language, and a socket has several.
     */
    private static boolean hadReader() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString().matches("(pipe|socket):.*");
        } catch (IOException e) { // no Linux
            return false;
        }
    }
}
