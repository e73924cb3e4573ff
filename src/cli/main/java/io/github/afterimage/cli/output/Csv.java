package io.github.afterimage.cli.output;

import java.util.Collection;
import java.util.stream.Collectors;

/** Rows of CSV, quoted as RFC 4180 says. */
public final class Csv {
    private Csv() {}

    /** Returns cells, as they print themselves, separated by commas. */
    public static String row(Collection<?> cells) {
        return cells.stream().map(Csv::quoted).collect(Collectors.joining(","));
    }

    public static String quoted(Object cell) {
        String text = cell.toString();
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
