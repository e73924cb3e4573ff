package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.experiments.report.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.MapAssert;

/**
 * A command that ran in this process: its exit code and its output, with the steps that it began apart from what else it
 * said on standard error.
 *
 * <p>The first argument is a command with options, separated by spaces. The next arguments take the places of its {@code %s};
 * those that are left follow it: {@code done("build --data images:%s", folder, "--flip")}. An array among them holds arguments
 * in the same form.
 */
record Run(int exitCode, String out, String err, List<String> steps) {
    private static final Pattern STEP = Pattern.compile("(?m)^afterimage: (.*) \\.\\.\\.\\R");

    private static final Pattern VALUE = Pattern.compile("%s");

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
        int exitCode = Afterimage.run(
                words(arguments).toArray(String[]::new),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                columns);
        String said = err.toString(StandardCharsets.UTF_8);
        List<String> steps =
                STEP.matcher(said).results().map(step -> step.group(1)).toList();
        return new Run(
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                STEP.matcher(said).replaceAll(""),
                steps);
    }

    private static List<String> words(Object... arguments) {
        Iterator<Object> values = Arrays.asList(arguments).iterator();
        List<String> words = new ArrayList<>();
        if (arguments.length > 0 && arguments[0] instanceof String command) {
            values.next();
            for (String word : command.split(" ")) {
                words.add(VALUE.matcher(word).replaceAll(place -> Matcher.quoteReplacement("" + values.next())));
            }
        }
        values.forEachRemaining(
                value -> words.addAll(value instanceof Object[] more ? words(more) : List.of(String.valueOf(value))));
        return words;
    }

    /** Runs a command that must succeed and say nothing on standard error. */
    static Run done(Object... arguments) {
        Run run = of(arguments);
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isEqualTo(ExitCode.DONE);
        return run;
    }

    /** Runs a command that must succeed and say on standard error this warning and no more. */
    static Run warned(String warning, Object... arguments) {
        return warned(ExitCode.DONE, warning, arguments);
    }

    static Run warned(int exitCode, String warning, Object... arguments) {
        Run run = of(arguments);
        assertThat(run.err())
                .startsWith("afterimage: warning: ")
                .contains(warning)
                .hasLineCount(1);
        assertThat(run.exitCode()).isEqualTo(exitCode);
        return run;
    }

    /** Runs a command with {@code --json}, which must succeed, and reads its one object. */
    static Map<String, Object> json(Object... arguments) throws IOException {
        return done(arguments, "--json").object();
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

    /** Standard output of a command that must succeed, for an assertion. */
    static AbstractStringAssert<?> printed(Object... arguments) {
        return assertThat(done(arguments).out());
    }

    /** The object of {@link #json}, for an assertion. */
    static MapAssert<String, Object> reported(Object... arguments) throws IOException {
        return assertThat(json(arguments));
    }

    /** The line of a {@link #failure} by the caller's mistake, for an assertion. */
    static AbstractStringAssert<?> refused(Object... arguments) {
        return failed(ExitCode.USAGE, arguments);
    }

    /** The line of a {@link #failure}, for an assertion. */
    static AbstractStringAssert<?> failed(int exitCode, Object... arguments) {
        return assertThat(failure(exitCode, arguments));
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
