package io.pgwatch.sample.check;

public final class Check {

    private Check() {}

    public static void main(String[] args) {
        System.err.println("nothing to report yet");
    }
}
