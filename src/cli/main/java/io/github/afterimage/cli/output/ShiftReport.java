package io.github.afterimage.cli.output;

import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.number;
import static io.github.afterimage.cli.output.Text.percent;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.experiments.report.Page;
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

    public void write(Report report) {
        ShiftWords words = new ShiftWords(found);
        report.line(value("data", data))
                .line(
                        "%s%s; %s of clean images, theta %s and lambda %s tuned on %s others",
                        figure("layers", keys.toString(), "keys " + keys + ", "),
                        described,
                        count("keys", found.tuned().keys(), "key"),
                        number("theta", found.tuned().theta()),
                        number("lambda", found.tuned().lambda()),
                        count("tunedOn", found.tuned().tunedOn()))
                .line("errors on %s; intervals are of 95 %%", count("reported", found.reported(), "test image"));
        report.line("").line(words.headline());
        report.line(words.sources())
                .line(words.where())
                .line(words.clean())
                .line(words.readout())
                .line(words.time());
        report.line("").line("Means of the strengths:");
        report.list("corruptions", means());
        report.line("").line("Each strength:");
        report.list("shifts", strengths());
        report.line("").line("Clean images, with " + words.received() + ", corrupted, in the memory:");
        report.list("clean", clean());
        if (found.stream() != null) {
            report.line("").line(words.stream(found.stream()));
            report.list("stream", stream(found.stream()));
        }
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
            table.row(row(
                            List.of(value("corruption", shift.corruption()), value("strength", shift.strength())),
                            List.of(shift),
                            ofAll("readoutOfAllError", shift, ShiftErrors.Readout::wrong),
                            number("theta", shift.last().theta()),
                            number("lambda", shift.last().lambda())))
                    .field("learned", shift.learned().stream().map(this::object).toList());
        }
        return table;
    }

    private Table table(String before, String after) {
        return new Table(
                before + "rr" + "r".repeat(found.shifts().get(0).learned().size()) + "lrrr" + after);
    }

    private Object[] header(List<String> names, Object... more) {
        List<Object> cells = new ArrayList<>(names);
        cells.addAll(List.of("network", "clean memory"));
        found.shifts().get(0).learned().forEach(learned -> cells.add(learned.perClass() + " a class"));
        cells.addAll(List.of("points fewer", "same theta", "alone", "read-out"));
        cells.addAll(List.of(more));
        return cells.toArray();
    }

    private Object[] row(List<Text> names, List<ShiftErrors> shifts, Object... more) {
        List<Object> cells = new ArrayList<>(names);
        cells.add(error("networkError", shifts, ShiftErrors::network));
        cells.add(error("memoryError", shifts, ShiftErrors::memory));
        List<Learned> all = shifts.get(0).learned();
        for (int i = 0; i < all.size(); i++) {
            int place = i;
            cells.add(error("errorWith" + all.get(i).perClass(), shifts, shift -> shift.learned()
                    .get(place)
                    .mixed()));
        }
        cells.add(points("fewer", found.compare(shifts, shift -> shift.last().mixed(), ShiftErrors::network)));
        cells.add(error("unchangedError", shifts, shift -> shift.last().unchanged()));
        cells.add(error("cacheOnlyError", shifts, shift -> shift.last().cacheOnly()));
        cells.add(error("readoutError", shifts, shift -> shift.last().readout().wrong()));
        cells.addAll(List.of(more));
        return cells.toArray();
    }

    private Text error(String name, List<ShiftErrors> shifts, Function<ShiftErrors, int[]> method) {
        return percent(name, found.error(shifts, method));
    }

    private Object ofAll(String name, ShiftErrors shift, Function<ShiftErrors.Readout, int[]> wrong) {
        ShiftErrors.Readout readout = shift.readoutOfAll();
        return readout == null ? "" : percent(name, (double) wrong.apply(readout).length / found.reported());
    }

    private static Text points(String name, Comparison comparison) {
        return Text.of(
                "%s%s",
                figure(name, comparison.difference(), Format.fixed(100 * comparison.difference(), 2)),
                figure(
                        name + "Interval",
                        new double[] {
                            comparison.fewer().low(), comparison.fewer().high()
                        },
                        " (" + Format.fixed(100 * comparison.fewer().low(), 2) + " to "
                                + Format.fixed(100 * comparison.fewer().high(), 2) + ")"));
    }

    private Map<String, Object> object(Learned learned) {
        double images = found.reported();
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
                learned.mixed().length / images,
                "unchangedError",
                learned.unchanged().length / images,
                "withoutKeysError",
                learned.withoutKeys().length / images,
                "withoutCleanError",
                learned.withoutClean().length / images,
                "cacheOnlyError",
                learned.cacheOnly().length / images,
                "cleanError",
                learned.clean().length / images,
                "cleanRetunedError",
                learned.cleanRetuned().length / images,
                "readoutError",
                learned.readout().wrong().length / images,
                "readoutCleanError",
                learned.readout().clean().length / images,
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
        double images = found.reported();
        Comparison after = found.compareClean(shifts, Learned::clean);
        return new Object[] {
            value("corruption", name),
            percent("networkError", found.clean().network().length / images),
            percent("memoryError", found.clean().memory().length / images),
            percent("error", after.error()),
            points("fewer", after),
            error("retunedError", shifts, shift -> shift.last().cleanRetuned()),
            error("readoutError", shifts, shift -> shift.last().readout().clean())
        };
    }

    /** A row for each phase, then for the clean reported images and the keys in the end. */
    private Table stream(StreamErrors stream) {
        List<StreamErrors.Memory> memories = stream.memories();
        Table table = new Table("lr" + "r".repeat(memories.size()));
        List<Object> header = new ArrayList<>(List.of("", "network"));
        memories.forEach(memory -> header.add(memory.name()));
        table.row(header.toArray());
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
        List<Object> after = new ArrayList<>(
                List.of("clean after", Format.percent((double) found.clean().network().length / found.reported())));
        List<Object> keysLeft = new ArrayList<>(List.of("keys", ""));
        memories.forEach(memory -> {
            after.add(Format.percent((double) memory.clean() / found.reported()));
            keysLeft.add(Format.count(memory.keys()));
        });
        return table.row(after.toArray()).row(keysLeft.toArray());
    }

    /** @param pictures an image for each corruption, clean and at each strength */
    public Page page(List<ShiftExperiment.Versions> pictures) throws IOException {
        String about = data + ". Keys of " + String.join(", ", keys.names()) + "; " + described + ".";
        return new ShiftPage(found, about, pictures).page();
    }
}
