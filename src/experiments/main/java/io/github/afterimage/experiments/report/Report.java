package io.github.afterimage.experiments.report;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The results of a command: printed as text for people or as one JSON object for programs, and shown on a page. Each figure is
 * stated once, for all three.
 */
public final class Report {
    /** Columns for text that no terminal shows. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private final Map<String, Object> fields = new LinkedHashMap<>();
    private final Map<String, List<Object>> lists = new HashMap<>();
    private final List<Block> blocks = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private int exitCode = ExitCode.DONE;

    private String title = "";
    private String lead = "";

    /** A part of the result: its lines in some columns, and what it adds to a page. */
    private record Block(IntFunction<List<String>> text, PagePart page) {}

    /** Adds something to a page. */
    public interface PagePart {
        void addTo(Page page) throws IOException;
    }

    /** Sets the title of the page, and a sentence or two below it. */
    public Report titled(String newTitle, String newLead) {
        title = newTitle;
        lead = newLead;
        return this;
    }

    /** Adds a figure that the text does not state: a number, text, list, map or record of these; null is left out. */
    public Report field(String name, @Nullable Object value) {
        if (value != null) {
            AsciiJson.add(fields, name, value);
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

    /** Begins a section; in text, after an empty line. */
    public Report heading(String text) {
        blocks.add(new Block(columns -> List.of("", text), page -> page.heading(text)));
        return this;
    }

    /** Adds something that text does not show, such as a chart. */
    public Report onPage(PagePart part) {
        blocks.add(new Block(columns -> List.of(), part));
        return this;
    }

    /** Adds a line; it breaks between words on a narrow terminal. */
    public Report line(String text) {
        return line(Text.of(text));
    }

    /** Adds a line of texts in the place of each {@code %s}, and their figures. */
    public Report line(String format, Object... parts) {
        return line(Text.of(format, parts));
    }

    /** Adds a line, and the figures of its text. */
    public Report line(Text line) {
        line.figures().forEach(this::field);
        blocks.add(new Block(columns -> Words.wrap(line.text(), columns), page -> {
            if (!line.text().isEmpty()) {
                page.paragraph(line.text());
            }
        }));
        return this;
    }

    /** Adds a table that a page shows in another way. */
    public Report inText(Table table) {
        blocks.add(new Block(table::lines, page -> {}));
        return this;
    }

    /** Adds a line that stays whole, to be copied. */
    public Report code(String text) {
        blocks.add(new Block(columns -> List.of(text), page -> page.code(text)));
        return this;
    }

    /** The page so far, with the warnings first. */
    public Page page() throws IOException {
        Page page = new Page(title, lead);
        warnings.forEach(warning -> page.note("Warning: " + warning));
        for (Block block : blocks) {
            block.page.addTo(page);
        }
        return page;
    }

    private List<String> lines(int columns) {
        return blocks.stream()
                .flatMap(block -> block.text.apply(columns).stream())
                .dropWhile(String::isEmpty)
                .toList();
    }

    /** Adds a table, after an empty line unless it comes first, and the figures of its rows. */
    public Report table(Table table) {
        table.figures().forEach(this::field);
        return layOut(table);
    }

    /** Adds a table, each of whose rows with figures is an object of the list {@code name}. */
    public Report list(String name, Table table) {
        field(name, table.objects());
        return layOut(table);
    }

    /** Adds small text that only the page shows. */
    public Report note(String text) {
        return onPage(page -> page.note(text));
    }

    /** Adds the text of a part; its figures are an object of the list {@code name}. */
    public Report element(String name, Report part) {
        List<Object> list = lists.computeIfAbsent(name, absent -> new ArrayList<>());
        list.add(part.fields);
        field(name, list);
        blocks.addAll(part.blocks);
        return this;
    }

    private Report layOut(Table table) {
        if (!table.isEmpty()) {
            if (!blocks.isEmpty()) {
                line("");
            }
            blocks.add(new Block(table::lines, table::addTo));
        }
        return this;
    }

    /** Adds a message about the use of the result: a member of {@code warnings} and a line on standard error. */
    public Report warning(String text) {
        warnings.add(text);
        fields.put("warnings", warnings);
        return this;
    }

    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Sets the exit code of a command that has a report and failed in part. */
    public void exitCode(int value) {
        exitCode = value;
    }

    public int exitCode() {
        return exitCode;
    }

    /** @param columns of the terminal, or {@link #UNLIMITED} */
    public void print(PrintWriter out, boolean json, int columns) {
        if (json) {
            out.println(AsciiJson.object(fields));
        } else {
            lines(columns).forEach(out::println);
        }
        out.flush();
    }
}
