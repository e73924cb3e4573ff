package io.github.afterimage.experiments.methods;

/**
 * The answers of one method to the test examples.
 *
 * @param probabilities {@code (examples, classes)} row-major
 * @param chosen the parameters that were tuned, for people; empty without any
 */
record Answers(String method, float[] probabilities, String chosen, Seconds seconds) {
    /**
     * The time that a method takes.
     *
     * @param make to make it from encoded keys, without tuning; 0 if it needs no keys
     * @param change to teach it another class
     */
    record Seconds(double make, double change) {}

    double[] row(int example, int classes) {
        double[] row = new double[classes];
        for (int c = 0; c < classes; c++) {
            row[c] = probabilities[example * classes + c];
        }
        return row;
    }
}
