package io.github.afterimage.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of cells in aligned columns, two spaces apart. */
final class Table {
    private final String alignment;
    private final List<String[]> rows = new ArrayList<>();

    /** @param alignment a letter for each column: {@code l} for left, {@code r} for right */
    Table(String alignment) {
        this.alignment = alignment;
    }

    /** Adds a row; cells that are missing at the end are empty. */
    Table row(Object... cells) {
        String[] texts = new String[alignment.length()];
        Arrays.fill(texts, "");
        for (int i = 0; i < cells.length; i++) {
            texts[i] = String.valueOf(cells[i]);
        }
        rows.add(texts);
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    List<String> lines() {
        int[] widths = new int[alignment.length()];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String padding = " ".repeat(widths[i] - row[i].length());
                line.append(alignment.charAt(i) == 'r' ? padding + row[i] : row[i] + padding)
                        .append("  ");
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
