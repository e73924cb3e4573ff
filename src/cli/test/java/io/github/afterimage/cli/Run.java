package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.cli.output.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** A command that ran in this process: what it ended with and what it printed. */
record Run(int exitCode, String out, String err) {

    static Run of(Object... arguments) {
        return on(OptionalInt.empty(), arguments);
    }

    /** As on a terminal of so many columns. */
    static Run on(int columns, Object... arguments) {
        return on(OptionalInt.of(columns), arguments);
    }

    private static Run on(OptionalInt columns, Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] texts = Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new);
        int exitCode = Afterimage.run(
                texts,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                columns);
        return new Run(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static Object[] join(List<Object> first, Object... more) {
        return Stream.concat(first.stream(), Arrays.stream(more)).toArray();
    }

    /** Runs a command that must succeed and say nothing on standard error. */
    static Run done(Object... arguments) {
        Run run = of(arguments);
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isEqualTo(ExitCode.DONE);
        return run;
    }

    /** Runs a command with {@code --json}, which must succeed, and reads its one object. */
    static Map<String, Object> json(Object... arguments) throws IOException {
        return done(join(List.of(arguments), "--json")).object();
    }

    /** The one line of standard output as a JSON object. */
    Map<String, Object> object() throws IOException {
        assertThat(out.lines()).hasSize(1);
        return JSON.std.mapFrom(out);
    }

    /** A member of an object that is a list of objects. */
    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> objects(Map<String, Object> object, String name) {
        return (List<Map<String, Object>>) object.get(name);
    }

    /** Runs a command that must fail with this exit code, one line on standard error and nothing else. */
    static String failure(int exitCode, Object... arguments) {
        Run run = of(arguments);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).startsWith("afterimage: ");
        return run.err().strip();
    }
}
