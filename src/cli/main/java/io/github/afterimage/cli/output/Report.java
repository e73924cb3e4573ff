package io.github.afterimage.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a command found, for people as lines and for programs as one JSON object; only one of them is printed. */
public final class Report {
    // Escapes what is not ASCII, so that the output is valid whatever the encoding of the terminal.
    private static final JSON WRITER = JSON.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .build();

    /** For text that no terminal shows. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private final Map<String, Object> fields = new LinkedHashMap<>();
    private final List<Block> blocks = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private int exitCode = ExitCode.DONE;

    /** A part of the text. */
    private interface Block {
        List<String> lines(int columns);
    }

    /** Adds a member to the JSON object: a number, text, list, map or record of these; null is left out. */
    public Report field(String name, Object value) {
        if (value != null) {
            fields.put(name, value);
        }
        return this;
    }

    /** A JSON object with members in this order. */
    public static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            members.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return members;
    }

    /** Adds a line of text, which breaks between words on a narrow terminal. */
    public Report line(String text) {
        blocks.add(columns -> Words.wrap(text, columns));
        return this;
    }

    /** Adds a line that stays whole, to be copied. */
    public Report code(String text) {
        blocks.add(columns -> List.of(text));
        return this;
    }

    /** The text so far. */
    public List<String> lines() {
        return lines(UNLIMITED);
    }

    private List<String> lines(int columns) {
        return blocks.stream().flatMap(block -> block.lines(columns).stream()).toList();
    }

    /** Adds a table, with an empty line before it where there is text already. */
    public Report table(Table table) {
        if (!table.isEmpty()) {
            if (!blocks.isEmpty()) {
                line("");
            }
            blocks.add(table::lines);
        }
        return this;
    }

    /** Adds what a user should know before using the result: a member of {@code warnings}, and a line on standard error. */
    public Report warning(String text) {
        warnings.add(text);
        fields.put("warnings", warnings);
        return this;
    }

    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** What the command ends with, though it could report. */
    public void exitCode(int value) {
        exitCode = value;
    }

    public int exitCode() {
        return exitCode;
    }

    /** @param columns of the terminal, or {@link #UNLIMITED} */
    public void print(PrintWriter out, boolean json, int columns) {
        if (json) {
            out.println(json());
        } else {
            lines(columns).forEach(out::println);
        }
        out.flush();
    }

    private String json() {
        try {
            return WRITER.asString(finite(fields));
        } catch (IOException e) { // of a stream, which there is none
            throw new UncheckedIOException(e);
        }
    }

    /** The value with null for numbers that JSON cannot write, such as NaN. */
    private static Object finite(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> members = new LinkedHashMap<>();
            map.forEach((name, member) -> members.put(name, finite(member)));
            return members;
        }
        if (value instanceof Collection<?> list) {
            return list.stream().map(Report::finite).collect(Collectors.toCollection(ArrayList::new));
        }
        if (value instanceof double[] numbers) {
            return finite(Arrays.stream(numbers).boxed().toList());
        }
        return value instanceof Double number && !Double.isFinite(number) ? null : value;
    }
}
