package dev.tapeline.peer;

/** Settings of a peer's process, from the environment. A setting without a default that is missing ends the process. */
final class Setting {
  private Setting() {}

  static String text(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  static String text(String name) {
    String value = text(name, null);
    if (value == null) throw new IllegalArgumentException("set " + name);
    return value;
  }

  static long number(String name) {
    return Long.parseLong(text(name));
  }

  static long number(String name, long otherwise) {
    return Long.parseLong(text(name, Long.toString(otherwise)));
  }
}
