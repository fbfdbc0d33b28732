# firn_faust(TARGET FILES file.dsp… [BY_RATE file.dsp…]): compiles each Faust program to a C++ class and adds it to TARGET.
#
# gate.dsp becomes `dsp/gate_dsp.hpp` with a class `faust::GateDsp`: flat state without a pointer (its image is its bytes), computed in
# double precision. A program under BY_RATE holds seconds of sound and says `maximum_rate = …;`: reverb.dsp becomes
# `dsp/reverb_dsp_48.hpp` with `ReverbDsp48`, and so on up to 384 kHz, each with memory for its own rate, in single precision.

find_program(FAUST faust REQUIRED)

function(firn_faust_class target source header class)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR}/dsp ABSOLUTE)
  file(GLOB libraries CONFIGURE_DEPENDS ${folder}/*.lib)
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${FAUST} -lang cpp ${ARGN} -I ${folder} -ns firn::devices::faust -cn ${class} -scn FaustDsp ${source} -o ${header}
    DEPENDS ${source} ${libraries}
    COMMENT "Faust ${class}")
  target_sources(${target} PRIVATE ${header})
endfunction()

function(firn_faust target)
  cmake_parse_arguments(FAUST "" "" "FILES;BY_RATE" ${ARGN})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${generated}/dsp)
  foreach(file ${FAUST_FILES} ${FAUST_BY_RATE})
    get_filename_component(stem ${file} NAME_WE)
    string(REPLACE "_" ";" words ${stem})
    set(class "")
    foreach(word ${words})
      string(SUBSTRING ${word} 0 1 initial)
      string(SUBSTRING ${word} 1 -1 rest)
      string(TOUPPER ${initial} initial)
      string(APPEND class ${initial}${rest})
    endforeach()
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    if(file IN_LIST FAUST_BY_RATE)
      foreach(kilohertz 48 96 192 384)
        set(wrapper ${generated}/dsp/${stem}_${kilohertz}.dsp)
        file(CONFIGURE OUTPUT ${wrapper} CONTENT "process = component(\"${stem}.dsp\")[maximum_rate = ${kilohertz}000;];\n")
        set(header ${generated}/dsp/${stem}_dsp_${kilohertz}.hpp)
        firn_faust_class(${target} ${wrapper} ${header} ${class}Dsp${kilohertz} -single)
        add_custom_command(OUTPUT ${header} DEPENDS ${source} APPEND)
      endforeach()
    else()
      firn_faust_class(${target} ${source} ${generated}/dsp/${stem}_dsp.hpp ${class}Dsp -double)
    endif()
  endforeach()
  target_include_directories(${target} SYSTEM PRIVATE ${generated})
endfunction()
