package io.github.afterimage.experiments.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Rows of cells in aligned columns, two spaces apart; a first row without figures has the names of the columns. */
public final class Table {
    private static final String GAP = "  ";
    /** Columns that fit side by side on a page, beside the first one. */
    private static final int PAGE_COLUMNS = 6;

    private final String alignment;
    private final List<String[]> rows = new ArrayList<>();
    private final List<Map<String, Object>> figures = new ArrayList<>();

    /** @param alignment a letter for each column: {@code l} for left, {@code r} for right, {@code t} for left in text only */
    public Table(String alignment) {
        this.alignment = alignment;
    }

    /** Adds a row of texts, and of other objects as they print themselves; missing cells at the end are empty. */
    public Table row(Object... cells) {
        String[] texts = new String[alignment.length()];
        Arrays.fill(texts, "");
        for (int i = 0; i < cells.length; i++) {
            texts[i] = cells[i].toString();
        }
        rows.add(texts);
        figures.add(Text.figures(cells));
        return this;
    }

    /** Adds a figure to the last row that no column shows; null is left out. */
    public Table field(String name, @Nullable Object value) {
        if (value != null) {
            figures.get(figures.size() - 1).put(name, value);
        }
        return this;
    }

    /** The figures of all rows. */
    Map<String, Object> figures() {
        Map<String, Object> all = new LinkedHashMap<>();
        figures.forEach(all::putAll);
        return all;
    }

    /** An object for each row with figures. */
    List<Map<String, Object>> objects() {
        List<Map<String, Object>> objects = new ArrayList<>();
        for (Map<String, Object> row : figures) {
            Map<String, Object> object = new LinkedHashMap<>();
            row.forEach((name, figure) -> AsciiJson.add(object, name, figure));
            if (!object.isEmpty()) {
                objects.add(object);
            }
        }
        return objects;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Adds the table to a page, without empty columns; a wide one in parts, each of which has the first column. */
    public void addTo(Page page) {
        boolean named = figures.get(0).isEmpty();
        int[] columns = IntStream.range(0, alignment.length())
                .filter(i -> alignment.charAt(i) != 't' && rows.stream().anyMatch(row -> !row[i].isEmpty()))
                .toArray();
        int parts = Math.max(1, (columns.length - 2 + PAGE_COLUMNS) / PAGE_COLUMNS);
        for (int part = 0; part < parts; part++) {
            int from = 1 + (columns.length - 1) * part / parts;
            int to = 1 + (columns.length - 1) * (part + 1) / parts;
            int[] shown = IntStream.concat(IntStream.of(columns[0]), Arrays.stream(columns, from, to))
                    .toArray();
            page.table(
                    cells(named ? rows.get(0) : new String[alignment.length()], shown),
                    rows.stream()
                            .skip(named ? 1 : 0)
                            .map(row -> cells(row, shown))
                            .toList());
        }
    }

    private static List<String> cells(String[] row, int[] columns) {
        return Arrays.stream(columns)
                .mapToObj(column -> Objects.requireNonNullElse(row[column], ""))
                .toList();
    }

    /** The rows, each in one line. */
    public List<String> lines() {
        return lines(Report.UNLIMITED);
    }

    /**
     * The rows in at most {@code columns}: texts on the left break between words where there is no room for them, and where that is
     * not enough, each cell has a line of its own.
     */
    public List<String> lines(int columns) {
        int[] widths = widths(columns);
        List<String> lines = new ArrayList<>();
        if (width(widths) > columns && !rows.isEmpty() && figures.get(0).isEmpty()) {
            rows.stream().skip(1).forEach(row -> lines.addAll(stacked(row, columns)));
            return lines;
        }
        for (String[] row : rows) {
            List<List<String>> cells = new ArrayList<>();
            int height = 1;
            for (int i = 0; i < widths.length; i++) {
                cells.add(Words.wrap(row[i], widths[i]));
                height = Math.max(height, cells.get(i).size());
            }
            for (int l = 0; l < height; l++) {
                StringBuilder line = new StringBuilder();
                for (int i = 0; i < widths.length; i++) {
                    String text = l < cells.get(i).size() ? cells.get(i).get(l) : "";
                    String padding = " ".repeat(Math.max(0, widths[i] - text.length()));
                    line.append(alignment.charAt(i) == 'r' ? padding + text : text + padding)
                            .append(GAP);
                }
                lines.add(line.toString().stripTrailing());
            }
        }
        return lines;
    }

    /** Returns the first cell of a row, and the others below it, each beside the name of its column. */
    private List<String> stacked(String[] row, int columns) {
        String[] names = rows.get(0);
        int widest = Arrays.stream(names).skip(1).mapToInt(String::length).max().orElse(0);
        Table cells = new Table("ll");
        for (int i = 1; i < row.length; i++) {
            if (!row[i].isEmpty()) {
                cells.row(GAP + names[i] + " ".repeat(widest - names[i].length()), row[i]);
            }
        }
        List<String> lines = new ArrayList<>(Words.wrap(row[0], columns));
        lines.addAll(cells.lines(columns));
        return lines;
    }

    private static int width(int[] widths) {
        return Arrays.stream(widths).sum() + (widths.length - 1) * GAP.length();
    }

    /** Returns the widths of the columns; a long word of the last one runs over the edge, and the others keep within it. */
    private int[] widths(int columns) {
        int[] widths = new int[alignment.length()];
        int[] minimums = new int[widths.length];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
                minimums[i] =
                        Math.max(minimums[i], alignment.charAt(i) == 'l' ? Words.longest(row[i]) : row[i].length());
            }
        }
        int last = widths.length - 1;
        if (alignment.charAt(last) == 'l') {
            minimums[last] = Math.min(minimums[last], columns / 2);
        }
        int over = width(widths) - columns;
        while (over > 0) {
            int roomiest = 0;
            for (int i = 1; i < widths.length; i++) {
                roomiest = widths[i] - minimums[i] > widths[roomiest] - minimums[roomiest] ? i : roomiest;
            }
            int taken = Math.min(over, widths[roomiest] - minimums[roomiest]);
            if (taken <= 0) {
                break;
            }
            widths[roomiest] -= taken;
            over -= taken;
        }
        return widths;
    }
}
