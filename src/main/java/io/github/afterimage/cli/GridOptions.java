package io.github.afterimage.cli;

import io.github.afterimage.Tuner;
import picocli.CommandLine.Option;

/** The grid that theta and lambda are searched on. */
final class GridOptions {
    @Option(
            names = "--theta",
            order = 40,
            paramLabel = "GRID",
            description = "Values of theta, FIRST:LAST:COUNT or separated by commas; 10:90:33 by default.")
    private String thetas = "10:90:33";

    @Option(
            names = "--lambda",
            order = 41,
            paramLabel = "GRID",
            description = "Values of lambda, likewise; 0.1:0.9:33 by default.")
    private String lambdas = "0.1:0.9:33";

    double[] thetas() {
        return Grid.parse("--theta", thetas);
    }

    double[] lambdas() {
        return Grid.parse("--lambda", lambdas);
    }

    Tuner tuner() {
        return new Tuner(thetas(), lambdas());
    }
}
