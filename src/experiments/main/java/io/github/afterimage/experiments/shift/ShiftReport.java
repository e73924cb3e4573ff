package io.github.afterimage.experiments.shift;

import static io.github.afterimage.experiments.shift.ShiftErrors.ALONE;
import static io.github.afterimage.experiments.shift.ShiftErrors.MEMORY;
import static io.github.afterimage.experiments.shift.ShiftErrors.MIXED;
import static io.github.afterimage.experiments.shift.ShiftErrors.NETWORK;
import static io.github.afterimage.experiments.shift.ShiftErrors.READOUT;
import static io.github.afterimage.experiments.shift.ShiftErrors.READOUT_OF_ALL;
import static io.github.afterimage.experiments.shift.ShiftErrors.SETS;
import static io.github.afterimage.experiments.shift.ShiftErrors.UNCHANGED;
import static io.github.afterimage.experiments.shift.ShiftErrors.WITHOUT_CLEAN;
import static io.github.afterimage.experiments.shift.ShiftErrors.WITHOUT_KEYS;
import static io.github.afterimage.experiments.shift.ShiftErrors.with;

import io.github.afterimage.experiments.protocol.WorkFolder;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.shift.ShiftErrors.Learned;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.Thumbnail;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Reports what a memory is worth on changed images. */
record ShiftReport(ShiftResult found) {
    private static final int PICTURE = 96;

    /** The figures with one number of received images, of one strength. */
    private Map<String, Object> learned(ShiftErrors shift, Learned each) {
        ToDoubleFunction<String> error = method -> rate(shift.wrong(with(each.perClass(), method)));
        return Report.object(
                "perClass", each.perClass(),
                "images", each.images(),
                "theta", each.theta(),
                "lambda", each.lambda(),
                "cacheTheta", each.cacheTheta(),
                "error", error.applyAsDouble(MIXED),
                "unchangedError", error.applyAsDouble(UNCHANGED),
                "withoutKeysError", error.applyAsDouble(WITHOUT_KEYS),
                "withoutCleanError", error.applyAsDouble(WITHOUT_CLEAN),
                "cacheOnlyError", error.applyAsDouble(ALONE),
                "cleanError", error.applyAsDouble(ShiftErrors.clean(UNCHANGED)),
                "cleanRetunedError", error.applyAsDouble(ShiftErrors.clean(MIXED)),
                "readoutError", error.applyAsDouble(READOUT),
                "readoutCleanError", error.applyAsDouble(ShiftErrors.clean(READOUT)),
                "addSeconds", each.addSeconds(),
                "tuneSeconds", each.tuneSeconds(),
                "readoutSeconds", each.readoutSeconds());
    }

    /** Errors under a name: of one strength, of a corruption, or of all; and their comparison with a baseline. */
    private record Group(String name, List<ShiftErrors> shifts, Comparison compared) {
        ShiftErrors only() {
            return shifts.get(0);
        }
    }

    /** Each corruption, then all together. */
    private List<Group> groups(Function<List<ShiftErrors>, Comparison> compared) {
        Map<String, List<ShiftErrors>> shifts = new LinkedHashMap<>();
        found.corruptions().forEach(each -> shifts.put(each.name(), found.of(each)));
        shifts.put("all", found.shifts());
        return shifts.entrySet().stream()
                .map(each -> new Group(each.getKey(), each.getValue(), compared.apply(each.getValue())))
                .toList();
    }

    /** @param pictures reads those of a page: an image for each corruption, clean and at each strength */
    void write(Report report, WorkFolder.Work<List<ShiftExperiment.Versions>> pictures) {
        report.answered("When images change", headline())
                .line("errors on %s; intervals are of 95 %%", Text.count("reported", found.reported(), "test image"))
                .note(
                        "The test images were divided at random. From one part, labelled images arrive: they go through the "
                                + "network, and their activations become keys. The errors are those on the other part; no version of "
                                + "these is ever a key. Corruptions are formulas with the parameters of CIFAR-10-C (Hendrycks and "
                                + "Dietterich, 2019).")
                .line("")
                .line(readout())
                .line(time())
                .heading("Means of the strengths")
                .onPage(page -> page.chart(overview()))
                .list(
                        "corruptions",
                        errors(new Columns<Group>().text("", "corruption", each -> each.name))
                                .table(groups(this::compared)))
                .note(
                        "Points fewer: the network less the memory with the most received images, and the interval for other draws "
                                + "of the test images. Same theta: the memory with the theta and lambda of clean images. Alone: without the "
                                + "network, the clean memory or the one with the most received images. Read-out: a linear one of the same keys, trained with the same received images.")
                .onPage(page -> {
                    for (ShiftExperiment.Versions versions : pictures.run()) {
                        page.heading(versions.corruption().title())
                                .pictures(pictures(versions))
                                .chart(strengths(versions.corruption()));
                    }
                })
                .heading("Each strength")
                .list("shifts", strengths())
                .heading("Whether prediction sets keep their promise")
                .line(
                        "Sets of the clean memory with the network: %s promised, %s of clean images seen. From some label on, a watch like "
                                + "that of \"serve\" calls the promise broken.",
                        Text.percent("promised", found.promised()), Text.percent("cleanCoverage", 1 - clean(SETS)))
                .list("watch", watch())
                .note("Broken after: the number of labels if images are changed from the start, and after "
                        + Format.count(Math.min(ShiftExperiment.WATCHED, found.reported()), "clean label")
                        + ".")
                .heading("Clean images, with " + received() + ", corrupted, in the memory")
                .list("clean", clean())
                .note(
                        "After: with the theta and lambda of clean images; then with those of the corrupted ones; then the read-out "
                                + "of the received images.")
                .heading("Which theta and lambda")
                .line(
                        "After a change, theta and lambda are tuned on the received images only: each is answered by all keys but "
                                + "its own, and a point of the grid is taken if its errors are clearly fewer (McNemar's test, p < 0.05).")
                .table(parameters())
                .note(
                        "Means of all corruptions and strengths. No new keys: the clean memory with the theta and lambda that the "
                                + "received images lead to if they do not become keys. No clean keys: a memory of the received images "
                                + "only, with its own theta and lambda.");
        StreamErrors stream = found.stream();
        if (stream != null) {
            report.heading("One change after the other")
                    .line("A stream of " + Format.count(stream.phase(), "image") + " of each kind, with strength "
                            + stream.strength() + ". Labels arrive after every " + Format.count(stream.every(), "image")
                            + ": each batch is predicted first, then its images become keys beside the clean ones, and "
                            + "theta and lambda follow the last batches. The clean memory learns nothing.")
                    .onPage(page -> page.chart(saved(stream)))
                    .list("stream", stream(stream));
        }
    }

    private Learned last() {
        return found.shifts().get(0).last();
    }

    /** {@code 100 of each class}. */
    private String received() {
        return Format.count(last().perClass()) + " of each class";
    }

    private Comparison compared(List<ShiftErrors> shifts) {
        return found.compare(shifts, most(MIXED), NETWORK);
    }

    /** The result in a sentence or two. */
    private String headline() {
        Comparison all = compared(found.shifts());
        Comparison learned = found.compare(found.shifts(), most(MIXED), MEMORY);
        return "With " + Format.count(last().perClass(), "labelled image")
                + " of each class in the memory, the errors on "
                + "corrupted images "
                + (all.isBetter() ? "fall from " : all.isWorse() ? "rise from " : "do not clearly change: ")
                + Format.percent(all.baseline()) + " to " + Format.percent(all.error())
                + " (95 % interval of the difference: " + interval(all)
                + " points). The memory of clean images alone has "
                + Format.percent(learned.baseline())
                + (learned.isBetter()
                        ? ", clearly more"
                        : learned.isWorse() ? ", clearly fewer" : ", not clearly another number")
                + ". Nothing is trained.";
    }

    /** Compares with linear read-outs. */
    private String readout() {
        Comparison all = found.compare(found.shifts(), most(MIXED), most(READOUT));
        return "A linear read-out of the same keys, trained with the received images, has "
                + Format.percent(all.baseline())
                + ", " + (all.isBetter() ? "more than" : all.isWorse() ? "less than" : "about as many as")
                + " the memory with " + Format.percent(all.error()) + ".";
    }

    /** Says how long it takes until received images count. */
    private String time() {
        return "To learn " + received() + ", the memory takes "
                + median(shift -> shift.last().addSeconds()) + ", and then "
                + median(shift -> shift.last().tuneSeconds())
                + " to find theta and lambda; a read-out takes "
                + median(shift -> shift.last().readoutSeconds())
                + " (medians, after the network has run).";
    }

    private String median(ToDoubleFunction<ShiftErrors> seconds) {
        double[] sorted = found.shifts().stream().mapToDouble(seconds).sorted().toArray();
        return Format.fixed(sorted[sorted.length / 2], 3) + " s";
    }

    /** {@code 6.80 to 7.44}, of the errors that are fewer. */
    private static String interval(Comparison comparison) {
        return Format.fixed(100 * comparison.fewer().low(), 2) + " to "
                + Format.fixed(100 * comparison.fewer().high(), 2);
    }

    private static Text points(Comparison comparison) {
        double[] ends = {comparison.fewer().low(), comparison.fewer().high()};
        return Text.of(
                "%s%s",
                Text.figure("fewer", comparison.difference(), Format.fixed(100 * comparison.difference(), 2)),
                Text.figure("fewerInterval", ends, " (" + interval(comparison) + ")"));
    }

    private double rate(int[] wrong) {
        return (double) wrong.length / found.reported();
    }

    private Columns<Group> error(Columns<Group> columns, String title, String name, String method) {
        return columns.right(title, each -> Text.percent(name, found.error(each.shifts, method)));
    }

    /** Returns the error of a method on clean images; it is the same at each strength. */
    private double clean(String method) {
        return rate(found.shifts().get(0).wrong(ShiftErrors.clean(method)));
    }

    /** The numbers of received images of each class. */
    private List<Integer> numbers() {
        return found.shifts().get(0).learned().stream().map(Learned::perClass).toList();
    }

    /** Returns the name of a method with the most received images. */
    private String most(String method) {
        return with(last().perClass(), method);
    }

    /** Adds a column for each method. */
    private Columns<Group> errors(Columns<Group> columns) {
        error(columns, "network", "networkError", NETWORK);
        error(columns, "clean memory", "memoryError", MEMORY);
        error(columns, "clean alone", "memoryAloneError", ALONE);
        for (int n : numbers()) {
            error(columns, n + " a class", "errorWith" + n, with(n, MIXED));
        }
        error(columns, "same theta", "unchangedError", most(UNCHANGED));
        error(columns, "alone", "cacheOnlyError", most(ALONE));
        return error(columns, "read-out", "readoutError", most(READOUT))
                .left("points fewer", each -> points(each.compared));
    }

    private Table strengths() {
        Columns<Group> columns = new Columns<Group>()
                .text("", "corruption", each -> each.only().corruption())
                .right("strength", each -> Text.value("strength", each.only().strength()));
        return errors(columns)
                .right("of all keys", each -> {
                    int[] ofAll = each.only().wrong().get(READOUT_OF_ALL);
                    return ofAll == null ? "" : Text.percent("readoutOfAllError", rate(ofAll));
                })
                .number("theta", "theta", each -> each.only().last().theta())
                .number("lambda", "lambda", each -> each.only().last().lambda())
                .field("learned", each -> each.only().learned().stream()
                        .map(number -> learned(each.only(), number))
                        .toList())
                .table(found.shifts().stream()
                        .map(List::of)
                        .map(shift -> new Group(shift.get(0).corruption(), shift, compared(shift)))
                        .toList());
    }

    private Table watch() {
        return new Columns<ShiftErrors>()
                .text("", "corruption", ShiftErrors::corruption)
                .right("strength", each -> Text.value("strength", each.strength()))
                .percent("seen", "coverage", each -> 1 - rate(each.wrong(SETS)))
                .right("broken after", each -> flag("flagged", each.flagged()))
                .right("later", each -> flag("flaggedLater", each.flaggedLater()))
                .table(found.shifts());
    }

    private static Object flag(String name, int labels) {
        return labels == 0 ? "never" : Text.figure(name, labels, Format.count(labels));
    }

    private Table clean() {
        Columns<Group> columns = new Columns<Group>()
                .text("", "corruption", each -> each.name)
                .percent("network", "networkError", each -> clean(NETWORK))
                .percent("clean memory", "memoryError", each -> clean(MEMORY))
                .percent("after", "error", each -> each.compared.error())
                .left("points fewer", each -> points(each.compared));
        error(columns, "new theta", "retunedError", ShiftErrors.clean(most(MIXED)));
        return error(columns, "read-out", "readoutError", ShiftErrors.clean(most(READOUT)))
                .table(groups(shifts ->
                        found.compare(shifts, ShiftErrors.clean(most(UNCHANGED)), ShiftErrors.clean(MEMORY))));
    }

    /** A row for each number of received images. */
    private Table parameters() {
        return new Columns<Integer>()
                .left("", place -> numbers().get(place) + " a class")
                .right("tuned again", place -> mean(place, MIXED))
                .right("unchanged", place -> mean(place, UNCHANGED))
                .right("no new keys", place -> mean(place, WITHOUT_KEYS))
                .right("no clean keys", place -> mean(place, WITHOUT_CLEAN))
                .right("memory alone", place -> mean(place, ALONE))
                .right("changed for", place -> {
                    long changed = learned(place)
                            .filter(each -> each.theta()
                                            != found.tuned().mixture().theta()
                                    || each.lambda() != found.tuned().mixture().lambda())
                            .count();
                    return changed + " of " + found.shifts().size();
                })
                .right("median of lambda", place -> {
                    double[] lambdas =
                            learned(place).mapToDouble(Learned::lambda).sorted().toArray();
                    return Format.number(lambdas[lambdas.length / 2]);
                })
                .table(IntStream.range(0, numbers().size()).boxed().toList());
    }

    private Stream<Learned> learned(int place) {
        return found.shifts().stream().map(shift -> shift.learned().get(place));
    }

    private String mean(int place, String method) {
        return Format.percent(found.error(found.shifts(), with(numbers().get(place), method)));
    }

    /** A row for each phase, then for the clean reported images and the keys in the end. */
    private Table stream(StreamErrors stream) {
        List<StreamErrors.Memory> memories = stream.memories();
        Columns<Integer> columns = new Columns<Integer>()
                .text("", "phase", phase -> stream.phases().get(phase))
                .percent("network", "networkError", phase -> stream.error(stream.network(), phase))
                .field("errors", phase -> memories.stream()
                        .map(memory ->
                                Report.object("memory", memory.name(), "error", stream.error(memory.mixed(), phase)))
                        .toList());
        List<Object> after = new ArrayList<>(List.of("clean after", Format.percent(clean(NETWORK))));
        List<Object> keysLeft = new ArrayList<>(List.of("keys", ""));
        memories.forEach(memory -> {
            columns.right(memory.name(), phase -> Format.percent(stream.error(memory.mixed(), phase)));
            after.add(Format.percent((double) memory.clean() / found.reported()));
            keysLeft.add(Format.count(memory.keys()));
        });
        return columns.table(IntStream.range(0, stream.phases().size()).boxed().toList())
                .row(after.toArray())
                .row(keysLeft.toArray());
    }

    /** The mean errors of all methods. */
    private BarChart overview() {
        BarChart chart = new BarChart();
        bar(chart, "network alone", NETWORK);
        bar(chart, "clean memory", MEMORY);
        for (int n : numbers()) {
            bar(chart, "memory, " + n + " a class", with(n, MIXED));
        }
        String most = last().perClass() + " a class";
        bar(chart, most + ", same \u03b8 and \u03bb", most(UNCHANGED));
        bar(chart, "clean memory, new \u03b8 and \u03bb", most(WITHOUT_KEYS));
        bar(chart, most + ", no clean keys", most(WITHOUT_CLEAN));
        bar(chart, most + ", no network", most(ALONE));
        bar(chart, "linear read-out, " + most, most(READOUT));
        return chart;
    }

    private void bar(BarChart chart, String name, String method) {
        double error = 100 * found.error(found.shifts(), method);
        chart.bar(name, error, Format.fixed(error, 1), "");
    }

    /** The errors over the strength of a corruption. */
    private LineChart strengths(Corruption corruption) {
        List<ShiftErrors> shifts = found.of(corruption);
        LineChart chart = new LineChart("strength", "error, %");
        for (int i = numbers().size() - 1; i >= 0; i--) {
            String name = numbers().get(i) + " a class";
            chart.line(
                    name,
                    shifts,
                    ShiftErrors::strength,
                    percentage(with(numbers().get(i), MIXED)));
        }
        return chart.line("clean memory", shifts, ShiftErrors::strength, percentage(MEMORY))
                .line("network", shifts, ShiftErrors::strength, percentage(NETWORK))
                .guide("read-out", shifts, ShiftErrors::strength, percentage(most(READOUT)));
    }

    private ToDoubleFunction<ShiftErrors> percentage(String method) {
        return shift -> 100 * rate(shift.wrong(method));
    }

    /** An image as it is, and at each strength of a corruption. */
    private PictureGrid pictures(ShiftExperiment.Versions versions) throws IOException {
        List<Image> small = new ArrayList<>();
        for (Image image : versions.images()) {
            small.add(Image.decode("picture", Thumbnail.of(image)));
        }
        List<String> strengths = found.of(versions.corruption()).stream()
                .map(shift -> shift.strength() + " (" + versions.corruption().parameterText(shift.strength()) + ")")
                .toList();
        return new PictureGrid(PICTURE)
                .row(
                        "Clean, and strength " + String.join(", ", strengths) + ".",
                        small.stream().map(Image::values).toList(),
                        small.get(0).width(),
                        small.get(0).height());
    }

    /** The errors that each memory saves on a stream. */
    private static LineChart saved(StreamErrors stream) {
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
