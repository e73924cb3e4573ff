package io.github.afterimage.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a command found, for people as lines and for programs as one JSON object; only one of them is printed. */
final class Report {
    // Escapes what is not ASCII, so that the output is valid whatever the encoding of the terminal.
    private static final JSON WRITER = JSON.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .build();

    private final Map<String, Object> fields = new LinkedHashMap<>();
    private final List<String> lines = new ArrayList<>();
    private int exitCode = ExitCode.DONE;

    /** Adds a member to the JSON object: a number, text, list, map or record of these; null is left out. */
    Report field(String name, Object value) {
        if (value != null) {
            fields.put(name, value);
        }
        return this;
    }

    /** A JSON object with members in this order. */
    static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            members.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return members;
    }

    /** Adds a line of text. */
    Report line(String text) {
        lines.add(text);
        return this;
    }

    /** The text so far. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    /** Adds a table, with an empty line before it where there is text already. */
    Report table(Table table) {
        if (!table.isEmpty()) {
            if (!lines.isEmpty()) {
                lines.add("");
            }
            lines.addAll(table.lines());
        }
        return this;
    }

    /** What the command ends with, though it could report. */
    void exitCode(int value) {
        exitCode = value;
    }

    int exitCode() {
        return exitCode;
    }

    void print(PrintWriter out, boolean json) throws IOException {
        if (json) {
            out.println(WRITER.asString(fields));
        } else {
            lines.forEach(out::println);
        }
        out.flush();
    }
}
