package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.shift.Corruption;
import io.github.afterimage.experiments.shift.ShiftErrors;
import io.github.afterimage.experiments.shift.ShiftErrors.Learned;
import io.github.afterimage.experiments.shift.ShiftExperiment;
import io.github.afterimage.experiments.shift.ShiftResult;
import io.github.afterimage.experiments.shift.StreamErrors;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.Thumbnail;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The charts and pictures of an experiment on changed images. */
record ShiftCharts(ShiftResult found) {
    private static final int PICTURE = 96;

    /** The mean errors of all methods. */
    BarChart overview() {
        BarChart chart = new BarChart();
        bar(chart, "network alone", ShiftErrors::network);
        bar(chart, "clean memory", ShiftErrors::memory);
        List<Learned> learned = found.shifts().get(0).learned();
        for (int i = 0; i < learned.size(); i++) {
            bar(chart, "memory, " + learned.get(i).perClass() + " a class", mixed(i));
        }
        String most = learned.get(learned.size() - 1).perClass() + " a class";
        bar(chart, most + ", same \u03b8 and \u03bb", shift -> shift.last().unchanged());
        bar(chart, "clean memory, new \u03b8 and \u03bb", shift -> shift.last().withoutKeys());
        bar(chart, most + ", no clean keys", shift -> shift.last().withoutClean());
        bar(chart, most + ", no network", shift -> shift.last().cacheOnly());
        bar(chart, "linear read-out, " + most, shift -> shift.last().readout().wrong());
        return chart;
    }

    private void bar(BarChart chart, String name, Function<ShiftErrors, int[]> method) {
        double error = 100 * found.error(found.shifts(), method);
        chart.bar(name, error, Format.fixed(error, 1), "");
    }

    private static Function<ShiftErrors, int[]> mixed(int place) {
        return shift -> shift.learned().get(place).mixed();
    }

    /** The errors over the strength of a corruption. */
    LineChart strengths(Corruption corruption) {
        List<ShiftErrors> shifts = found.of(corruption);
        LineChart chart = new LineChart("strength", "error, %");
        double[] x = shifts.stream().mapToDouble(ShiftErrors::strength).toArray();
        List<Learned> learned = shifts.get(0).learned();
        for (int i = learned.size() - 1; i >= 0; i--) {
            chart.line(learned.get(i).perClass() + " a class", x, line(shifts, mixed(i)));
        }
        return chart.line("clean memory", x, line(shifts, ShiftErrors::memory))
                .line("network", x, line(shifts, ShiftErrors::network))
                .guide("read-out", x, line(shifts, shift -> shift.last()
                        .readout()
                        .wrong()));
    }

    private double[] line(List<ShiftErrors> shifts, Function<ShiftErrors, int[]> method) {
        return shifts.stream()
                .mapToDouble(shift -> 100.0 * method.apply(shift).length / found.reported())
                .toArray();
    }

    /** An image as it is, and at each strength of a corruption. */
    PictureGrid pictures(ShiftExperiment.Versions versions) throws IOException {
        List<float[]> pictures = new ArrayList<>();
        int width = 1;
        int height = 1;
        for (Image image : versions.images()) {
            Image small = Image.decode("picture", Thumbnail.of(image));
            width = small.width();
            height = small.height();
            pictures.add(small.values());
        }
        List<String> strengths = found.of(versions.corruption()).stream()
                .map(shift -> shift.strength() + " ("
                        + versions.corruption().parameters().get(shift.strength() - 1) + ")")
                .toList();
        return new PictureGrid(PICTURE)
                .row("Clean, and strength " + String.join(", ", strengths) + ".", pictures, width, height);
    }

    /** The errors that each memory saves on a stream. */
    static LineChart saved(StreamErrors stream) {
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
}
