package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.shift.Comparison;
import io.github.afterimage.experiments.shift.Corruption;
import io.github.afterimage.experiments.shift.ShiftErrors;
import io.github.afterimage.experiments.shift.ShiftErrors.Learned;
import io.github.afterimage.experiments.shift.ShiftExperiment;
import io.github.afterimage.experiments.shift.ShiftResult;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.Thumbnail;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The page of an experiment on changed images.
 *
 * @param about the keys and the data, in a sentence
 * @param pictures an image for each corruption, clean and at each strength
 */
record ShiftPage(ShiftResult found, String about, List<ShiftExperiment.Versions> pictures) {
    private static final int PICTURE = 96;

    Page page() throws IOException {
        ShiftWords words = new ShiftWords(found);
        Page page = new Page("When images change", words.headline());
        page.paragraph(words.sources() + " " + words.where());
        page.paragraph(words.clean());
        page.paragraph(words.readout());
        page.heading("All corruptions and strengths");
        page.chart(overview());
        page.note("Mean errors in percent. A memory keeps its "
                + Format.count(found.tuned().keys(), "clean key")
                + "; the images that it receives become keys beside them.");
        page.table(header(""), rows());
        page.note(
                "Errors in percent, means of the strengths. Points fewer: the network less the memory with the most received images, and the 95 % "
                        + "interval for other draws of the " + images()
                        + ". Read-out: a linear one of the same keys, trained with the "
                        + "same received images.");
        for (ShiftExperiment.Versions versions : pictures) {
            corruption(page, versions);
        }
        clean(page, words);
        parameters(page);
        if (found.stream() != null) {
            new ShiftStreamSection(found, found.stream()).addTo(page);
        }
        page.heading("How it was measured");
        page.paragraph(about);
        page.paragraph(
                "The test images were divided at random. From one part, labelled images arrive: they go through the network, "
                        + "and their activations become keys. The errors are those on the other part, " + images()
                        + "; no version of these is ever a key. Corruptions are formulas with the parameters of CIFAR-10-C "
                        + "(Hendrycks and Dietterich, 2019).");
        page.paragraph(words.time());
        return page;
    }

    private String images() {
        return Format.count(found.reported(), "test image");
    }

    private static String percent(double share) {
        return Format.fixed(100 * share, 1);
    }

    private static String points(Comparison comparison) {
        return percent(comparison.difference()) + " ("
                + percent(comparison.fewer().low()) + " to "
                + percent(comparison.fewer().high()) + ")";
    }

    private static String capital(Corruption corruption) {
        String title = corruption.title();
        return title.substring(0, 1).toUpperCase(Locale.ROOT) + title.substring(1);
    }

    private List<Learned> numbers() {
        return found.shifts().get(0).learned();
    }

    private double error(List<ShiftErrors> shifts, Function<ShiftErrors, int[]> method) {
        return found.error(shifts, method);
    }

    private static Function<ShiftErrors, int[]> learned(int place) {
        return shift -> shift.learned().get(place).mixed();
    }

    private BarChart overview() {
        BarChart chart = new BarChart();
        bar(chart, "network alone", ShiftErrors::network);
        bar(chart, "clean memory", ShiftErrors::memory);
        for (int i = 0; i < numbers().size(); i++) {
            bar(chart, "memory, " + numbers().get(i).perClass() + " a class", learned(i));
        }
        String most = numbers().get(numbers().size() - 1).perClass() + " a class";
        bar(chart, most + ", same \u03b8 and \u03bb", shift -> shift.last().unchanged());
        bar(chart, "clean memory, new \u03b8 and \u03bb", shift -> shift.last().withoutKeys());
        bar(chart, most + ", no clean keys", shift -> shift.last().withoutClean());
        bar(chart, most + ", no network", shift -> shift.last().cacheOnly());
        bar(chart, "linear read-out, " + most, shift -> shift.last().readout().wrong());
        return chart;
    }

    private void bar(BarChart chart, String name, Function<ShiftErrors, int[]> method) {
        double error = 100 * error(found.shifts(), method);
        chart.bar(name, error, Format.fixed(error, 1), "");
    }

    private List<String> header(String first) {
        List<String> header = new ArrayList<>(List.of(first, "network", "clean memory"));
        numbers().forEach(learned -> header.add(learned.perClass() + " a class"));
        header.addAll(List.of("points fewer", "read-out"));
        return header;
    }

    private List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        found.corruptions().forEach(each -> rows.add(row(capital(each), found.of(each))));
        rows.add(row("All", found.shifts()));
        return rows;
    }

    private List<String> row(String name, List<ShiftErrors> shifts) {
        List<String> row = new ArrayList<>(List.of(
                name, percent(error(shifts, ShiftErrors::network)), percent(error(shifts, ShiftErrors::memory))));
        for (int i = 0; i < numbers().size(); i++) {
            row.add(percent(error(shifts, learned(i))));
        }
        row.add(points(found.compare(shifts, shift -> shift.last().mixed(), ShiftErrors::network)));
        row.add(percent(error(shifts, shift -> shift.last().readout().wrong())));
        return row;
    }

    private void corruption(Page page, ShiftExperiment.Versions versions) throws IOException {
        Corruption corruption = versions.corruption();
        List<ShiftErrors> shifts = found.of(corruption);
        page.heading(capital(corruption));
        page.pictures(grid(versions));
        page.chart(chart(shifts));
        page.table(
                header("strength"),
                shifts.stream()
                        .map(shift -> row(Integer.toString(shift.strength()), List.of(shift)))
                        .toList());
    }

    private PictureGrid grid(ShiftExperiment.Versions versions) throws IOException {
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

    private LineChart chart(List<ShiftErrors> shifts) {
        LineChart chart = new LineChart("strength", "error, %");
        double[] x = shifts.stream().mapToDouble(ShiftErrors::strength).toArray();
        for (int i = numbers().size() - 1; i >= 0; i--) {
            chart.line(numbers().get(i).perClass() + " a class", x, line(shifts, learned(i)));
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

    private void clean(Page page, ShiftWords words) {
        page.heading("What clean images lose");
        page.paragraph(words.clean());
        List<List<String>> rows = new ArrayList<>();
        found.corruptions().forEach(each -> rows.add(cleanRow(capital(each), found.of(each))));
        rows.add(cleanRow("All", found.shifts()));
        page.table(List.of("", "before", "after", "points fewer", "new \u03b8 and \u03bb", "read-out"), rows);
        page.note("Errors on clean images in percent, with " + words.received()
                + ", corrupted, in the memory; means of the strengths. Before and after with "
                + "the \u03b8 and \u03bb of clean images; then with those of the corrupted ones; then the read-out of the "
                + "received images. The read-out of the clean keys has "
                + percent((double) found.clean().readout().wrong().length / found.reported())
                + " %, the network alone " + percent((double) found.clean().network().length / found.reported())
                + " %.");
    }

    private List<String> cleanRow(String name, List<ShiftErrors> shifts) {
        Comparison after = found.compareClean(shifts, Learned::clean);
        return List.of(
                name,
                percent(after.baseline()),
                percent(after.error()),
                points(after),
                percent(error(shifts, shift -> shift.last().cleanRetuned())),
                percent(error(shifts, shift -> shift.last().readout().clean())));
    }

    /** Tells how θ and λ follow from the received images, and what that is worth. */
    private void parameters(Page page) {
        page.heading("Which \u03b8 and \u03bb");
        page.paragraph(
                "The memory is asked with \u03b8, its sharpness, and \u03bb, its weight in the answer. Those of clean images are "
                        + Format.number(found.tuned().theta()) + " and "
                        + Format.number(found.tuned().lambda())
                        + ", tuned on " + Format.count(found.tuned().tunedOn(), "clean image")
                        + ". After a change they are tuned on the received images only: each is answered by all keys but its own, "
                        + "and the point with the fewest errors is taken if its errors are clearly fewer than those of the point before "
                        + "(McNemar's test, p < 0.05); else nothing changes.");
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < numbers().size(); i++) {
            int place = i;
            List<Learned> all = found.shifts().stream()
                    .map(shift -> shift.learned().get(place))
                    .toList();
            long changed = all.stream()
                    .filter(each -> each.theta() != found.tuned().theta()
                            || each.lambda() != found.tuned().lambda())
                    .count();
            double[] lambdas =
                    all.stream().mapToDouble(Learned::lambda).sorted().toArray();
            rows.add(List.of(
                    numbers().get(i).perClass() + " a class",
                    percent(error(found.shifts(), learned(i))),
                    percent(error(
                            found.shifts(), shift -> shift.learned().get(place).unchanged())),
                    percent(error(
                            found.shifts(), shift -> shift.learned().get(place).withoutKeys())),
                    percent(error(
                            found.shifts(), shift -> shift.learned().get(place).withoutClean())),
                    percent(error(
                            found.shifts(), shift -> shift.learned().get(place).cacheOnly())),
                    changed + " of " + all.size(),
                    Format.number(lambdas[lambdas.length / 2])));
        }
        page.table(
                List.of(
                        "",
                        "tuned again",
                        "unchanged",
                        "no new keys",
                        "no clean keys",
                        "memory alone",
                        "changed for",
                        "median of \u03bb"),
                rows);
        page.note(
                "Errors in percent, means of all corruptions and strengths. No new keys: the clean memory with the \u03b8 and "
                        + "\u03bb that the received images lead to if they do not become keys. No clean keys: a memory of the received "
                        + "images only, with its own \u03b8 and \u03bb.");
    }
}
