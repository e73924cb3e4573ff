package io.github.afterimage.cli.output;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.shift.Comparison;
import io.github.afterimage.experiments.shift.Corruption;
import io.github.afterimage.experiments.shift.ShiftErrors;
import io.github.afterimage.experiments.shift.ShiftErrors.Learned;
import io.github.afterimage.experiments.shift.ShiftExperiment;
import io.github.afterimage.experiments.shift.ShiftResult;
import io.github.afterimage.experiments.shift.StreamErrors;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Reports what a memory is worth on changed images.
 *
 * @param data a description of the examples
 * @param keys the layers of a key
 * @param described the reduction and the type of the keys
 */
public record ShiftReport(ShiftResult found, String data, KeyLayers keys, String described) {
    private static final String ALL = "all";

    /** A method, the name of its error in JSON, and that of its column. */
    private record Method(String name, String column, Function<ShiftErrors, int[]> wrong) {}

    /** The pictures of a page: an image for each corruption, clean and at each strength. */
    public interface Pictures {
        List<ShiftExperiment.Versions> get() throws IOException;
    }

    public void write(Report report, Pictures pictures) {
        ShiftWords words = new ShiftWords(found);
        ShiftCharts charts = new ShiftCharts(found);
        report.titled("When images change", words.headline())
                .line(value("data", data))
                .line(
                        "%s%s; %s of clean images, theta %s, lambda %s%s tuned on %s others",
                        figure("layers", keys.toString(), "keys " + keys + ", "),
                        described,
                        count("keys", found.tuned().keys(), "key"),
                        number("theta", found.tuned().theta()),
                        number("lambda", found.tuned().lambda()),
                        Text.beta(found.tuned().beta()),
                        count("tunedOn", found.tuned().tunedOn()))
                .line("errors on %s; intervals are of 95 %%", count("reported", found.reported(), "test image"))
                .note(
                        "The test images were divided at random. From one part, labelled images arrive: they go through the "
                                + "network, and their activations become keys. The errors are those on the other part; no version of "
                                + "these is ever a key. Corruptions are formulas with the parameters of CIFAR-10-C (Hendrycks and "
                                + "Dietterich, 2019).")
                .line("")
                .line(words.headline())
                .line(words.sources())
                .line(words.where())
                .line(words.clean())
                .line(words.readout())
                .line(words.time())
                .heading("Means of the strengths")
                .onPage(page -> page.chart(charts.overview()))
                .list("corruptions", means())
                .note(
                        "Points fewer: the network less the memory with the most received images, and the interval for other draws "
                                + "of the test images. Same theta: the memory with the theta and lambda of clean images. Alone: without the "
                                + "network. Read-out: a linear one of the same keys, trained with the same received images.")
                .onPage(page -> {
                    for (ShiftExperiment.Versions versions : pictures.get()) {
                        page.heading(versions.corruption().title())
                                .pictures(charts.pictures(versions))
                                .chart(charts.strengths(versions.corruption()));
                    }
                })
                .heading("Each strength")
                .list("shifts", strengths())
                .heading("Clean images, with " + words.received() + ", corrupted, in the memory")
                .list("clean", clean())
                .note(
                        "After: with the theta and lambda of clean images; then with those of the corrupted ones; then the read-out "
                                + "of the received images.")
                .heading("Which theta and lambda")
                .line(words.tuning())
                .table(parameters())
                .note(
                        "Means of all corruptions and strengths. No new keys: the clean memory with the theta and lambda that the "
                                + "received images lead to if they do not become keys. No clean keys: a memory of the received images "
                                + "only, with its own theta and lambda.");
        StreamErrors stream = found.stream();
        if (stream != null) {
            report.heading("One change after the other")
                    .line(words.stream(stream))
                    .onPage(page -> page.chart(ShiftCharts.saved(stream)))
                    .list("stream", stream(stream));
        }
    }

    private List<Learned> numbers() {
        return found.shifts().get(0).learned();
    }

    private List<Method> methods() {
        List<Method> methods = new ArrayList<>(List.of(
                new Method("networkError", "network", ShiftErrors::network),
                new Method("memoryError", "clean memory", ShiftErrors::memory)));
        for (int i = 0; i < numbers().size(); i++) {
            int place = i;
            int perClass = numbers().get(i).perClass();
            methods.add(new Method("errorWith" + perClass, perClass + " a class", shift -> shift.learned()
                    .get(place)
                    .mixed()));
        }
        methods.add(
                new Method("unchangedError", "same theta", shift -> shift.last().unchanged()));
        methods.add(new Method("cacheOnlyError", "alone", shift -> shift.last().cacheOnly()));
        methods.add(new Method(
                "readoutError", "read-out", shift -> shift.last().readout().wrong()));
        return methods;
    }

    private Table means() {
        Table table = table("l", "").row(header(List.of("")));
        for (Corruption corruption : found.corruptions()) {
            table.row(row(List.of(value("corruption", corruption.name())), found.of(corruption)));
        }
        return table.row(row(List.of(value("corruption", ALL)), found.shifts()));
    }

    private Table strengths() {
        Table table = table("lr", "rrr").row(header(List.of("", "strength"), "of all keys", "theta", "lambda"));
        for (ShiftErrors shift : found.shifts()) {
            ShiftErrors.Readout ofAll = shift.readoutOfAll();
            table.row(row(
                            List.of(value("corruption", shift.corruption()), value("strength", shift.strength())),
                            List.of(shift),
                            ofAll == null ? "" : percent("readoutOfAllError", rate(ofAll.wrong())),
                            number("theta", shift.last().theta()),
                            number("lambda", shift.last().lambda())))
                    .field("learned", shift.learned().stream().map(this::object).toList());
        }
        return table;
    }

    private Table table(String before, String after) {
        return new Table(before + "r".repeat(methods().size()) + "l" + after);
    }

    private Object[] header(List<String> names, Object... more) {
        List<Object> cells = new ArrayList<>(names);
        methods().forEach(method -> cells.add(method.column));
        cells.add("points fewer");
        cells.addAll(List.of(more));
        return cells.toArray();
    }

    private Object[] row(List<Text> names, List<ShiftErrors> shifts, Object... more) {
        List<Object> cells = new ArrayList<>(names);
        methods().forEach(method -> cells.add(error(method.name, shifts, method.wrong)));
        cells.add(points(found.compare(shifts, shift -> shift.last().mixed(), ShiftErrors::network)));
        cells.addAll(List.of(more));
        return cells.toArray();
    }

    private Text error(String name, List<ShiftErrors> shifts, Function<ShiftErrors, int[]> wrong) {
        return percent(name, found.error(shifts, wrong));
    }

    private double rate(int[] wrong) {
        return (double) wrong.length / found.reported();
    }

    private static Text points(Comparison comparison) {
        double[] ends = {comparison.fewer().low(), comparison.fewer().high()};
        return Text.of(
                "%s%s",
                figure("fewer", comparison.difference(), Format.fixed(100 * comparison.difference(), 2)),
                figure("fewerInterval", ends, " (" + ShiftWords.interval(comparison) + ")"));
    }

    private Map<String, Object> object(Learned learned) {
        return Report.object(
                "perClass",
                learned.perClass(),
                "images",
                learned.images(),
                "theta",
                learned.theta(),
                "lambda",
                learned.lambda(),
                "cacheTheta",
                learned.cacheTheta(),
                "error",
                rate(learned.mixed()),
                "unchangedError",
                rate(learned.unchanged()),
                "withoutKeysError",
                rate(learned.withoutKeys()),
                "withoutCleanError",
                rate(learned.withoutClean()),
                "cacheOnlyError",
                rate(learned.cacheOnly()),
                "cleanError",
                rate(learned.clean()),
                "cleanRetunedError",
                rate(learned.cleanRetuned()),
                "readoutError",
                rate(learned.readout().wrong()),
                "readoutCleanError",
                rate(learned.readout().clean()),
                "addSeconds",
                learned.addSeconds(),
                "tuneSeconds",
                learned.tuneSeconds(),
                "readoutSeconds",
                learned.readout().seconds());
    }

    private Table clean() {
        Table table = new Table("lrrrlrr")
                .row("", "network", "clean memory", "after", "points fewer", "new theta", "read-out");
        for (Corruption corruption : found.corruptions()) {
            table.row(cleanRow(corruption.name(), found.of(corruption)));
        }
        return table.row(cleanRow(ALL, found.shifts()));
    }

    private Object[] cleanRow(String name, List<ShiftErrors> shifts) {
        Comparison after = found.compareClean(shifts, Learned::clean);
        return new Object[] {
            value("corruption", name),
            percent("networkError", rate(found.clean().network())),
            percent("memoryError", rate(found.clean().memory())),
            percent("error", after.error()),
            points(after),
            error("retunedError", shifts, shift -> shift.last().cleanRetuned()),
            error("readoutError", shifts, shift -> shift.last().readout().clean())
        };
    }

    /** A row for each number of received images. */
    private Table parameters() {
        Table table = new Table("lrrrrrrr")
                .row(
                        "",
                        "tuned again",
                        "unchanged",
                        "no new keys",
                        "no clean keys",
                        "memory alone",
                        "changed for",
                        "median of lambda");
        for (int i = 0; i < numbers().size(); i++) {
            int place = i;
            List<Learned> all = found.shifts().stream()
                    .map(shift -> shift.learned().get(place))
                    .toList();
            List<Object> cells = new ArrayList<>(List.of(numbers().get(i).perClass() + " a class"));
            for (Function<Learned, int[]> wrong : List.<Function<Learned, int[]>>of(
                    Learned::mixed,
                    Learned::unchanged,
                    Learned::withoutKeys,
                    Learned::withoutClean,
                    Learned::cacheOnly)) {
                cells.add(Format.percent(found.error(
                        found.shifts(), shift -> wrong.apply(shift.learned().get(place)))));
            }
            long changed = all.stream()
                    .filter(each -> each.theta() != found.tuned().theta()
                            || each.lambda() != found.tuned().lambda())
                    .count();
            double[] lambdas =
                    all.stream().mapToDouble(Learned::lambda).sorted().toArray();
            cells.add(changed + " of " + all.size());
            cells.add(Format.number(lambdas[lambdas.length / 2]));
            table.row(cells.toArray());
        }
        return table;
    }

    /** A row for each phase, then for the clean reported images and the keys in the end. */
    private Table stream(StreamErrors stream) {
        List<StreamErrors.Memory> memories = stream.memories();
        List<Object> header = new ArrayList<>(List.of("", "network"));
        List<Object> after = new ArrayList<>(
                List.of("clean after", Format.percent(rate(found.clean().network()))));
        List<Object> keysLeft = new ArrayList<>(List.of("keys", ""));
        memories.forEach(memory -> {
            header.add(memory.name());
            after.add(Format.percent((double) memory.clean() / found.reported()));
            keysLeft.add(Format.count(memory.keys()));
        });
        Table table = new Table("lr" + "r".repeat(memories.size())).row(header.toArray());
        for (int phase = 0; phase < stream.phases().size(); phase++) {
            int number = phase;
            List<Object> cells = new ArrayList<>(List.of(
                    value("phase", stream.phases().get(phase)),
                    percent("networkError", stream.error(stream.network(), phase))));
            memories.forEach(memory -> cells.add(Format.percent(stream.error(memory.mixed(), number))));
            table.row(cells.toArray())
                    .field(
                            "errors",
                            memories.stream()
                                    .map(memory -> Report.object(
                                            "memory", memory.name(), "error", stream.error(memory.mixed(), number)))
                                    .toList());
        }
        return table.row(after.toArray()).row(keysLeft.toArray());
    }
}
