package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.shift.ShiftResult;
import io.github.afterimage.experiments.shift.StreamErrors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The part of the page on the stream in which all corruptions follow each other. */
record ShiftStreamSection(ShiftResult found, StreamErrors stream) {
    void addTo(Page page) {
        page.heading("One change after the other");
        page.paragraph(
                new ShiftWords(found).stream(stream)
                        + " each batch is predicted first, then its images become keys beside "
                        + "the clean ones, and \u03b8 and \u03bb follow the last batches. The memory keeps all keys, or only the newest.");
        page.chart(chart());
        List<String> header = new ArrayList<>(List.of("", "network"));
        stream.memories().forEach(memory -> header.add(memory.name()));
        List<List<String>> rows = new ArrayList<>();
        for (int phase = 0; phase < stream.phases().size(); phase++) {
            List<String> row = new ArrayList<>(List.of(
                    phase + 1 + ". " + stream.phases().get(phase), percent(stream.error(stream.network(), phase))));
            for (StreamErrors.Memory memory : stream.memories()) {
                row.add(percent(stream.error(memory.mixed(), phase)));
            }
            rows.add(row);
        }
        rows.add(row("all", percent(mean(stream.network())), memory -> percent(mean(memory.mixed()))));
        rows.add(row(
                "clean images after",
                percent((double) found.clean().network().length / found.reported()),
                memory -> percent((double) memory.clean() / found.reported())));
        rows.add(row("keys in the end", "", memory -> Format.count(memory.keys())));
        page.table(header, rows);
        page.note("Errors in percent. Clean images after: the errors on the "
                + Format.count(found.reported(), "clean reported image")
                + " in the end, with the \u03b8 and \u03bb of clean images. The clean memory learns nothing.");
    }

    private interface Cell {
        String of(StreamErrors.Memory memory);
    }

    private List<String> row(String name, String network, Cell cell) {
        List<String> row = new ArrayList<>(List.of(name, network));
        stream.memories().forEach(memory -> row.add(cell.of(memory)));
        return row;
    }

    private double mean(int[] errors) {
        return (double) IntStream.of(errors).sum()
                / stream.phase()
                / stream.phases().size();
    }

    private LineChart chart() {
        int batches = stream.network().length;
        int ofPhase = batches / stream.phases().size();
        double[] x = IntStream.rangeClosed(0, batches)
                .mapToDouble(batch -> (double) batch / ofPhase * stream.phase())
                .toArray();
        LineChart chart = new LineChart("images seen", "errors of the network less those with a memory, so far");
        for (StreamErrors.Memory memory : stream.memories()) {
            double[] saved = new double[batches + 1];
            for (int batch = 0; batch < batches; batch++) {
                saved[batch + 1] = saved[batch] + stream.network()[batch] - memory.mixed()[batch];
            }
            chart.line(memory.name(), x, saved);
        }
        for (int phase = 0; phase < stream.phases().size(); phase++) {
            chart.section(stream.phases().get(phase), phase * (double) stream.phase());
        }
        return chart;
    }

    private static String percent(double share) {
        return Format.fixed(100 * share, 1);
    }
}
